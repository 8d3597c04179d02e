package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
)

type alarmList struct {
	Alarms []view.Alarm `json:"alarms"`
}

func newAlarm() *cobra.Command {
	var o ordering
	seen := &cobra.Command{
		Use: "acknowledge ALARM", Short: "Say that an alarm was seen, and what was done",
		Long: "Acknowledge writes into the journal who saw an alarm and what they did about it. Nothing waits for it, and it changes no\n" +
			"money. ALARM is its name, which list tells.",
		Example: "  aisle alarm acknowledge chargeback-1f0a22c9 --reason 'answered with the film'",
		Args:    needs("the alarm"),
		RunE: func(c *cobra.Command, args []string) error {
			return o.give(c, "", view.Order{Order: event.OrderAcknowledge, Alarm: args[0]}, "The alarm is acknowledged")
		},
	}
	o.flags(seen, "")
	return group("alarm", "See what a person must look at", "  aisle alarm list\n  aisle alarm acknowledge chargeback-1f0a22c9 --reason 'answered with the film'",
		listing("alarm", "List the newest alarms, newest first", "/api/v1/alarms",
			"List tells of each alarm: its name, what it is about, and who acknowledged it. One that names a movement waits for somebody\n"+
				"who can see at the processor what became of it: aisle review resolve.",
			func(c *cobra.Command, l alarmList) {
				w := c.OutOrStdout()
				if len(l.Alarms) == 0 {
					fmt.Fprintln(w, "No alarms.")
				}
				for i := range l.Alarms {
					fmt.Fprintln(w, alarmWords(&l.Alarms[i]))
				}
			}), seen)
}

func alarmWords(a *view.Alarm) string {
	whose := "the store"
	if a.Session != "" {
		whose = fmt.Sprintf("visit %d (%s)", a.Number, a.Session)
	}
	text := fmt.Sprintf("%s  %s, %s: %s", a.ID, a.At.Format(time.DateTime), whose, a.Message)
	if a.Movement != "" {
		text += fmt.Sprintf("\n  movement %s: %s review resolve %s %s --happened|--did-not --reason …", a.Movement, self(), a.Session, a.Movement)
	}
	if a.Seen != nil {
		text += "\n  seen by " + a.Seen.Actor + ": " + a.Seen.Reason
	}
	return text
}

// acknowledge sends an order that is about no visit.
func (o *ordering) acknowledge(c *cobra.Command, order view.Order, done string) error {
	client, _, err := o.client(c.Context())
	if err != nil {
		return err
	}
	var out view.Carried
	switch err := client.Post(c.Context(), "/api/v1/orders", order, &out); {
	case err != nil:
		return explained(err)
	case o.asJSON:
		return object(c.OutOrStdout(), struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			Alarm  string `json:"alarm"`
		}{order.ID, out.Status, order.Alarm})
	}
	fmt.Fprintf(c.OutOrStdout(), "%s (order %s)\n", done, order.ID)
	return nil
}

func newResolve() *cobra.Command {
	var o ordering
	var happened, not bool
	var reference string
	c := &cobra.Command{
		Use: "resolve VISIT MOVEMENT", Short: "Say what became of a movement that the processor never told of",
		Long: "Resolve ends a hold, capture, release or refund of which nobody knows whether it happened, by what somebody saw in the\n" +
			"processor's own pages or reports. It is taken only where look-ups found nothing out for a day, or where nothing can be looked\n" +
			"up any more; aisle alarm list names such movements. What the processor says later goes over it, and is an alarm. A capture\n" +
			"that did not happen is followed by a release of its hold.",
		Example: "  aisle review resolve 77ab… 3c0de… --happened --reason 'the dashboard shows it' --reference ch_3PK\n" +
			"  aisle review resolve 77ab… 3c0de… --did-not --reason 'not in the report of Monday'",
		Args: needs("the visit", "the movement"),
		RunE: func(c *cobra.Command, args []string) error {
			if happened == not {
				return errors.New("say --happened or --did-not")
			}
			done := "The movement did not happen"
			if happened {
				done = "The movement happened"
			}
			return o.give(c, args[0], view.Order{Order: event.OrderResolve, Movement: args[1], Happened: happened, Reference: reference}, done)
		},
	}
	o.flags(c, "")
	c.Flags().BoolVar(&happened, "happened", false, "the processor made it")
	c.Flags().BoolVar(&not, "did-not", false, "the processor did not make it, and won't")
	c.Flags().StringVar(&reference, "reference", "", "the processor's `name` for it, where you know it")
	return c
}
