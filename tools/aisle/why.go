package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

func newWhy() *cobra.Command {
	var a attached
	var asJSON bool
	c := &cobra.Command{
		Use:   "why RECEIPT",
		Short: "Say why a receipt charges what it charges",
		Long: "Why tells of each line of a receipt what happened, how sure it was, what was believed next, and the records of the\n" +
			"journal that it rests on. It reads stored facts alone, beside a store that runs or without one. RECEIPT is the\n" +
			"receipt's id or the visit's, the beginning of either, or the visit's number as aisle events tells it.",
		Example: "  aisle why 3f0c…\n  aisle why 12\n  aisle why 3f0c… --data /var/lib/aisle/corner --json | jq '.lines[0].events'",
		Args:    needs("the receipt"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			data, err := a.folder(c.Context())
			if err != nil {
				return err
			}
			j, err := books.Open(data)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, j.Close()) }()
			whose, err := j.Visit(args[0])
			if err != nil {
				return err
			}
			e := view.NewExplainer(whose)
			if err := j.Records(func(r event.Record, _ []byte) error {
				e.Apply(r)
				return nil
			}); err != nil {
				return err
			}
			x, ok := e.Explain()
			switch {
			case !ok:
				return fmt.Errorf("there is no receipt %q in %s", args[0], data)
			case asJSON:
				return object(c.OutOrStdout(), x)
			}
			printWhy(c.OutOrStdout(), x)
			return nil
		},
	}
	a.dataFlag(c)
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

func printWhy(w io.Writer, x view.Explained) {
	fmt.Fprintf(w, "Receipt %s, version %d, over %s: %s\n", x.Receipt, x.Version, format.Money(x.Total), x.State)
	for _, l := range x.Lines {
		amount := ""
		if l.Amount.Currency != "" {
			amount = ", " + format.Money(l.Amount)
		}
		fmt.Fprintf(w, "line %s: %d × %s%s: %s%s\n", l.Line, l.Quantity, l.Title, amount, l.Status, doubtWords(&l))
		for _, e := range l.Events {
			fmt.Fprintf(w, "  %s %s", e.At.Format(time.TimeOnly), e.Text)
			if e.Probability > 0 {
				fmt.Fprintf(w, ", %s sure", e.Probability)
			}
			fmt.Fprintln(w)
			if e.RunnerUp != nil {
				fmt.Fprintf(w, "    else: %s, %s\n", e.RunnerUp.Text, e.RunnerUp.Probability)
			}
			fmt.Fprintf(w, "    rests on %s\n", evidenceWords(e.Evidence))
		}
	}
	for _, d := range x.Decisions {
		who := d.Actor
		if who == "" {
			who = "nobody in time"
		}
		fmt.Fprintf(w, "line %s: %s by %s at %s: %s\n", d.Line, decisionWords[d.Decision], who, d.At.Format(time.DateTime), d.Reason)
	}
	for _, r := range x.Refunds {
		fmt.Fprintf(w, "given back %s at %s: %s\n", format.Money(r.Amount), r.At.Format(time.DateTime), r.Reason)
	}
}

var decisionWords = map[event.Decision]string{event.DecideCharge: "charged", event.DecideDrop: "not charged", event.DecideRelease: "sold, the age was seen"}

// doubtWords says why a line is not charged, and until when that can be decided,
// or how many of its units were given back.
func doubtWords(l *view.LineExplained) string {
	text := ""
	if l.Reason != "" {
		text = ", " + l.Reason
	}
	if l.Until != nil {
		text += "; decided by " + l.Until.Format(time.DateTime) + ", or it is not charged"
	}
	if l.Refunded > 0 && l.Refunded < l.Quantity {
		text = fmt.Sprintf(", %d of %d given back", l.Refunded, l.Quantity)
	}
	return text
}
