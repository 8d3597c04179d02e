package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

type enrolmentList struct {
	Enrolments []view.Enrolment `json:"enrolments"`
}

const enrolExample = "  aisle enrol start credential_reader.palm --account tok_8fe1 --tender card --consent release-0312\n" +
	"  aisle enrol list\n  aisle enrol forget 5e0c… --reason 'the customer asked for it'"

func newEnrol() *cobra.Command {
	return group("enrol", "Pair a palm with an account, and forget it", enrolExample,
		newEnrolStart(), newEnrolCancel(), newEnrolForget(),
		listing("enrol", "List whom devices recognise, newest first", "/api/v1/enrolments",
			"List tells of each enrolment: how far it is, at which reader, on what consent and who took it, and the pairing's name, by which\n"+
				"it is forgotten. Accounts are told apart by a mark that does not say what they are.",
			func(c *cobra.Command, l enrolmentList) {
				w := c.OutOrStdout()
				if len(l.Enrolments) == 0 {
					fmt.Fprintln(w, "Nobody is enrolled.")
				}
				for i := range l.Enrolments {
					fmt.Fprintln(w, enrolmentWords(&l.Enrolments[i]))
				}
			}))
}

// enrolling is the flags of an order about enrolment.
type enrolling struct {
	ordering
	account, tender, consent string
	attributes               []string
}

// order sends an order about enrolment.
func (o *enrolling) order(c *cobra.Command, order view.Order) (*control.Client, view.Order, error) {
	by, err := o.by()
	if err != nil {
		return nil, order, err
	}
	if strings.TrimSpace(by.Reason) == "" {
		return nil, order, errors.New("--reason is missing: why? It stays in the journal")
	}
	order.ID, order.Actor, order.Reason = o.id, by.Actor, by.Reason
	if order.ID == "" {
		order.ID = "cli-" + strings.ToLower(rand.Text()[:16])
	}
	client, _, err := o.client(c.Context())
	if err != nil {
		return nil, order, err
	}
	if err := client.Post(c.Context(), "/api/v1/orders", order, &view.Carried{}); err != nil {
		return nil, order, explained(err)
	}
	return client, order, nil
}

// accountOf reads the account that flags name. A token of - is read from standard
// input, so that it is in no list of processes.
func (o *enrolling) accountOf(in io.Reader) (*event.Account, error) {
	token := o.account
	if token == "-" {
		b, err := io.ReadAll(io.LimitReader(in, observe.MaxText+2))
		if err != nil {
			return nil, fmt.Errorf("read the account: %w", err)
		}
		token = strings.TrimSpace(string(b))
	}
	if token == "" {
		return nil, errors.New("--account is missing: which payment token, or token of the staff's list or of a house account? - reads it from standard input")
	}
	a := &event.Account{Token: token, Attributes: slices.Clone(o.attributes)}
	if o.tender != "" {
		if !slices.Contains(storedef.Tenders(), storedef.Tender(o.tender)) {
			return nil, fmt.Errorf("--tender %s is none: %s", o.tender, tenderNames())
		}
		a.Attributes = append(a.Attributes, observe.AttributeTender+"="+o.tender)
	}
	slices.Sort(a.Attributes)
	if err := observe.CheckAttributes(a.Attributes); err != nil {
		return nil, fmt.Errorf("--attribute: %w", err)
	}
	return a, nil
}

func tenderNames() string {
	var all []string
	for _, t := range storedef.Tenders() {
		all = append(all, string(t))
	}
	return strings.Join(all, ", ")
}

func newEnrolStart() *cobra.Command {
	var o enrolling
	var noWait bool
	c := &cobra.Command{
		Use: "start READER", Short: "Pair whom a reader recognises next with an account",
		Long: "Start has the palm that READER recognises next, within 60 s, stand for an account from then on: a token of the payment\n" +
			"processor, or one of the staff's list or of a house account. A reader that can is put into its enrolment mode, so that it learns\n" +
			"a palm that it does not know. It ends with the first palm; one that stands for another account is refused. Without consent\n" +
			"nobody is enrolled: --consent names what was signed, and never who signed it. Who gives the order, the consent and the time\n" +
			"stay in the journal.",
		Example: "  aisle enrol start credential_reader.palm --account tok_8fe1 --tender card --consent release-0312\n" +
			"  aisle enrol start credential_reader.palm --account - --tender meal_plan --attribute plan=gold --consent release-0313 < token",
		Args: needs("the reader"),
		RunE: func(c *cobra.Command, args []string) error {
			account, err := o.accountOf(c.InOrStdin())
			if err != nil {
				return err
			}
			if o.consent == "" {
				return errors.New("--consent is missing: what was signed, such as release-0312? Without consent nobody is enrolled")
			}
			client, order, err := o.order(c, view.Order{Order: event.OrderEnrol, Reader: args[0], Account: account, Consent: o.consent})
			if err != nil {
				return err
			}
			if !noWait && !o.asJSON {
				fmt.Fprintf(c.OutOrStdout(), "Show the palm to %s within 60 s (order %s)\n", args[0], order.ID)
			}
			e, err := enrolled(c.Context(), client, args[0], !noWait)
			switch {
			case err != nil:
				return explained(err)
			case o.asJSON:
				err = object(c.OutOrStdout(), e)
			default:
				fmt.Fprintln(c.OutOrStdout(), enrolmentWords(&e))
			}
			if err == nil && e.State == view.EnrolmentOver {
				return fmt.Errorf("nobody was enrolled: %s", e.Reason)
			}
			return err
		},
	}
	o.flags(c, "")
	c.Flags().Lookup("reason").DefValue, o.reason = "enrolment", "enrolment"
	c.Flags().StringVar(&o.account, "account", "", "the `token` that pays, or - to read it from standard input")
	c.Flags().StringVar(&o.tender, "tender", "", "how the account pays: `"+strings.ReplaceAll(tenderNames(), ", ", "|")+"`; none for staff")
	c.Flags().StringArrayVar(&o.attributes, "attribute", nil, "what is said of its holder, as `NAME=VALUE`; may be given several times")
	c.Flags().StringVar(&o.consent, "consent", "", "`what` was signed")
	c.Flags().BoolVar(&noWait, "no-wait", false, "do not wait until somebody came")
	return c
}

// askEvery is how often the store is asked whether somebody came.
const askEvery = 250 * time.Millisecond

// enrolled gives the newest enrolment of a reader, once it no longer waits where
// that is wanted.
func enrolled(ctx context.Context, client *control.Client, reader string, wait bool) (view.Enrolment, error) {
	for {
		var l enrolmentList
		if err := client.Get(ctx, "/api/v1/enrolments", &l); err != nil {
			return view.Enrolment{}, err
		}
		i := slices.IndexFunc(l.Enrolments, func(e view.Enrolment) bool { return e.Reader == reader })
		if i < 0 {
			return view.Enrolment{}, fmt.Errorf("the store knows no enrolment at %s", reader)
		}
		if e := l.Enrolments[i]; !wait || e.State != view.EnrolmentWaiting {
			return e, nil
		}
		select {
		case <-ctx.Done():
			return view.Enrolment{}, ctx.Err()
		case <-time.After(askEvery):
		}
	}
}

func newEnrolCancel() *cobra.Command {
	var o enrolling
	c := &cobra.Command{
		Use: "cancel READER", Short: "End an enrolment before somebody came",
		Long:    "Cancel ends the enrolment that waits at READER: whoever comes then is not paired.",
		Example: "  aisle enrol cancel credential_reader.palm --reason 'the customer changed their mind'",
		Args:    needs("the reader"),
		RunE: func(c *cobra.Command, args []string) error {
			_, order, err := o.order(c, view.Order{Order: event.OrderCancelEnrolment, Reader: args[0]})
			return o.done(c, order, err, "The enrolment is over")
		},
	}
	o.flags(c, "")
	return c
}

func newEnrolForget() *cobra.Command {
	var o enrolling
	c := &cobra.Command{
		Use: "forget [PAIRING]", Short: "Forget a palm, or all of an account",
		Long: "Forget ends a pairing at once: the palm stands for nothing here any more. The device is told to erase it, again until it has,\n" +
			"where it takes such an order; aisle enrol list tells how far it is. The store's own data forgets the device's name of the\n" +
			"palm then; in older records of the journal it stays, sealed with the store's token key. PAIRING is its name, which list\n" +
			"tells; --account forgets all of an account. Whoever is inside stays on the account.",
		Example: "  aisle enrol forget 5e0c… --reason 'the customer asked for it'\n  aisle enrol forget --account tok_8fe1 --reason 'account closed'",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			order := view.Order{Order: event.OrderForget}
			switch {
			case len(args) == 1 && o.account == "":
				order.Pairing = args[0]
			case len(args) == 1 || o.account == "":
				return errors.New("name one pairing, which aisle enrol list tells, or --account")
			default:
				var err error
				if order.Account, err = o.accountOf(c.InOrStdin()); err != nil {
					return err
				}
			}
			_, order, err := o.order(c, order)
			return o.done(c, order, err, "It is forgotten")
		},
	}
	o.flags(c, "")
	c.Flags().StringVar(&o.account, "account", "", "forget all of the account with this `token`; - reads it from standard input")
	return c
}

// done says that an order was carried out.
func (o *enrolling) done(c *cobra.Command, order view.Order, err error, done string) error {
	switch {
	case err != nil:
		return err
	case o.asJSON:
		return object(c.OutOrStdout(), struct {
			ID     string `json:"id"`
			Status string `json:"status"`
		}{order.ID, "done"})
	}
	fmt.Fprintf(c.OutOrStdout(), "%s (order %s)\n", done, order.ID)
	return nil
}

func enrolmentWords(e *view.Enrolment) string {
	name := e.Pairing
	if name == "" {
		name = e.ID
	}
	text := fmt.Sprintf("%s  %s, %s at %s", name, e.At.Format(time.DateTime), e.State, e.Reader)
	if e.Account != "" {
		text += ", account " + e.Account
	}
	if len(e.Attributes) > 0 {
		text += " (" + strings.Join(e.Attributes, ", ") + ")"
	}
	if e.By != "" {
		text += " by " + e.By
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	text += fmt.Sprintf("\n  consent %s, taken by %s on %s", e.Consent.Reference, e.Consent.By, e.Consent.At.Format(time.DateTime))
	switch e.Erasure {
	case event.ErasureDone:
		text += "\n  the device has forgotten it"
	case event.ErasureRefused:
		text += "\n  the device has NOT forgotten it: " + e.ErasureReason
	case event.ErasureAsked:
		text += "\n  the device is told to forget it"
	}
	return text
}
