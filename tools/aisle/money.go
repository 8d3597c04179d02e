package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

// ordering is the flags of a command that gives an order about money.
type ordering struct {
	attached
	id     string
	lines  []string
	asJSON bool
}

func (o *ordering) flags(c *cobra.Command, lines string) {
	o.dataFlag(c)
	o.byFlags(c, "")
	c.Flags().StringVar(&o.id, "id", "", "`id` of the order: the same one again is carried out once (default: a new one)")
	c.Flags().BoolVar(&o.asJSON, "json", false, "one object in place of words")
	if lines != "" {
		c.Flags().StringArrayVar(&o.lines, "line", nil, lines)
	}
}

// give sends an order about a visit or receipt and says what came of it.
func (o *ordering) give(c *cobra.Command, whose string, order view.Order, done string) error {
	by, err := o.by()
	if err != nil {
		return err
	}
	if strings.TrimSpace(by.Reason) == "" {
		return errors.New("--reason is missing: why? It stays in the journal")
	}
	if order.Lines, err = readLines(o.lines); err != nil {
		return err
	}
	order.ID, order.Actor, order.Reason = o.id, by.Actor, by.Reason
	if order.ID == "" {
		order.ID = "cli-" + strings.ToLower(rand.Text()[:16])
	}
	if len(order.Lines) == 0 && (order.Order == event.OrderDispute || order.Order == event.OrderChargePending) {
		return fmt.Errorf("--line is missing: which lines? To see them: %s why %s", self(), quoted(whose))
	}
	if order.Order == event.OrderAcknowledge {
		return o.acknowledge(c, order, done)
	}
	client, data, err := o.client(c.Context())
	if err != nil {
		return err
	}
	if whose, err = meant(data, whose); err != nil {
		return err
	}
	order.Session = whose
	var out view.Carried
	err = client.Post(c.Context(), "/api/v1/orders", order, &out)
	if isNotFound(err) { // then it is a receipt's
		order.Session, order.Receipt = "", whose
		err = client.Post(c.Context(), "/api/v1/orders", order, &out)
	}
	switch {
	case isNotFound(err):
		return fmt.Errorf("there is no visit or receipt %q in the store on %s", whose, data)
	case err != nil:
		return explained(err)
	case o.asJSON:
		return object(c.OutOrStdout(), struct {
			ID string `json:"id"`
			view.Carried
		}{order.ID, out})
	}
	fmt.Fprintf(c.OutOrStdout(), "%s (order %s)\n", done, order.ID)
	for _, r := range out.Refunds {
		if r.ID == order.ID || strings.HasPrefix(r.ID, order.ID+".") || r.ID == order.Dispute {
			fmt.Fprintln(c.OutOrStdout(), refundWords(r))
		}
	}
	return nil
}

// meant is the visit or receipt that somebody means: see books.Visit. Where the
// journal can't be read it is what was said.
func meant(data, whose string) (string, error) {
	j, err := books.Open(data)
	if err != nil {
		return whose, nil //nolint:nilerr // the store that is asked says what is wrong
	}
	defer j.Close()
	return j.Visit(whose)
}

// refundWords says how a refund is.
func refundWords(r view.Refund) string {
	text := map[event.RefundState]string{
		event.RefundRefunding: "being given back", event.RefundRefunded: "given back", event.RefundRefused: "not given back",
	}[r.State]
	text = r.Amount.String() + " " + text
	if r.Message != "" {
		text += ": " + r.Message
	}
	return text
}

// readLines reads --line LINE[:QUANTITY].
func readLines(flags []string) (out []event.LineRef, err error) {
	for _, f := range flags {
		line, units, some := strings.Cut(f, ":")
		ref := event.LineRef{Line: line}
		if some {
			if ref.Quantity, err = strconv.Atoi(units); err != nil || ref.Quantity < 1 {
				return nil, fmt.Errorf("--line %q: write it as LINE or LINE:QUANTITY, as in --line 2:1", f)
			}
		}
		if line == "" {
			return nil, fmt.Errorf("--line %q names no line", f)
		}
		out = append(out, ref)
	}
	return out, nil
}

// isNotFound reports whether a store knows nothing of what it was asked.
func isNotFound(err error) bool {
	var e *control.Error
	return errors.As(err, &e) && e.Code == "not_found"
}

func newRefund() *cobra.Command {
	var o ordering
	var amount string
	c := &cobra.Command{
		Use:   "refund RECEIPT",
		Short: "Give back lines of a receipt, an amount, or all of it",
		Long: "Refund gives money back to the instrument that paid: the lines named, an amount that is for no line, or, with\n" +
			"neither, all that is left. Nothing is given back above what was captured and not given back yet. It is asked of the\n" +
			"processor at once and until it is done; the receipt's new version says so. RECEIPT is the receipt's or the visit's id, the\n" +
			"beginning of it, or the visit's number.",
		Example: "  aisle refund 3f0c… --line 2:1 --reason 'was broken'\n  aisle refund 3f0c… --amount '1.50 EUR' --reason goodwill\n  aisle refund 3f0c… --reason 'not theirs' --id till-7-0042",
		Args:    needs("the receipt"),
		RunE: func(c *cobra.Command, args []string) error {
			order := view.Order{Order: event.OrderRefund}
			if amount != "" {
				a, err := money.Parse(amount)
				if err != nil {
					return fmt.Errorf("--amount %q: %w", amount, err)
				}
				order.Amount = &a
			}
			return o.give(c, args[0], order, "Refund is taken")
		},
	}
	o.flags(c, "`line` of the receipt, and how many of its units: LINE or LINE:QUANTITY; may be repeated")
	c.Flags().StringVar(&amount, "amount", "", "`amount` to give back that is for no line, as in '1.50 EUR'")
	return c
}

func newReview() *cobra.Command {
	decide := func(use, short, done string, order event.Order, long string) *cobra.Command {
		var o ordering
		c := &cobra.Command{
			Use: use + " VISIT", Short: short, Long: long, Args: needs("the visit"),
			Example: "  aisle review " + use + " 77ab… --line p1 --reason 'the film shows it'",
			RunE: func(c *cobra.Command, args []string) error {
				return o.give(c, args[0], view.Order{Order: order}, done)
			},
		}
		o.flags(c, "`line` to decide; may be repeated")
		return c
	}
	return group("review", "Decide lines that are in doubt", "  aisle review list\n  aisle review drop 77ab… --line p1 --reason 'was put back'",
		newReviewList(),
		decide("charge", "Charge lines in doubt", "The lines are charged", event.OrderChargePending,
			"Charge charges the lines named, each as a whole, by another hold on the instrument. It is refused for lines that the\nreceipt does not list as pending, and after their time."),
		decide("drop", "Decide lines for the shopper", "The lines are not charged", event.OrderDropPending,
			"Drop decides the lines named, or all that are pending, for the shopper: they are never charged."),
		decide("release", "Sell lines whose buyer's age was seen", "The lines are sold", event.OrderRelease,
			"Release says that somebody saw that the buyer is old enough: the lines named, or all that wait for it, are charged."),
		newResolve(),
	)
}

// listing is a command that lists something of a running store.
func listing[T any](of, short, path, long string, print func(*cobra.Command, T)) *cobra.Command {
	var a attached
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: short, Long: long, Args: needs(),
		Example: fmt.Sprintf("  aisle %[1]s list\n  aisle %[1]s list --data /var/lib/aisle/corner --json", of),
		RunE: func(c *cobra.Command, _ []string) error {
			client, _, err := a.client(c.Context())
			if err != nil {
				return err
			}
			var out T
			if err := client.Get(c.Context(), path, &out); err != nil {
				return explained(err)
			}
			if asJSON {
				return object(c.OutOrStdout(), out)
			}
			print(c, out)
			return nil
		},
	}
	a.dataFlag(c)
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

type reviewList struct {
	Reviews []view.Review `json:"reviews"`
}

func newReviewList() *cobra.Command {
	return listing("review", "List the lines that wait for staff", "/api/v1/reviews",
		"List tells each visit with lines in doubt: what they may be, why, and until when they can be decided.",
		func(c *cobra.Command, l reviewList) {
			w := c.OutOrStdout()
			if len(l.Reviews) == 0 {
				fmt.Fprintln(w, "Nothing is pending.")
			}
			for _, r := range l.Reviews {
				fmt.Fprintf(w, "visit %d (%s)\n", r.Number, r.Session)
				for i := range r.Pending {
					p := &r.Pending[i]
					what := "something that can't be named"
					switch {
					case i < len(r.Titles) && r.Titles[i] != "":
						what = r.Titles[i]
					case p.GTIN != "": // the host is of an older version
						what = p.GTIN.Short()
					}
					until := ""
					if p.Until != nil {
						until = ", until " + p.Until.Format(time.DateTime)
					}
					fmt.Fprintf(w, "  line %-4s %d × %s%s: %s\n", p.ID, p.Quantity, what, until, p.Reason)
				}
			}
		})
}

type disputeList struct {
	Disputes []view.Dispute `json:"disputes"`
}

func newDispute() *cobra.Command {
	var o ordering
	var grant, deny bool
	decide := &cobra.Command{
		Use: "decide VISIT DISPUTE", Short: "Grant or deny a dispute",
		Long: "Decide grants a dispute, so that its lines are given back, or denies it, which is recorded with the reason and can be\n" +
			"shown to the shopper.",
		Example: "  aisle dispute decide 77ab… d-19 --grant --reason 'the film does not show it'\n  aisle dispute decide 77ab… d-19 --deny --reason 'taken at 10:42, two shelves agree'",
		Args:    needs("the visit", "the dispute"),
		RunE: func(c *cobra.Command, args []string) error {
			if grant == deny {
				return errors.New("say --grant or --deny")
			}
			done := "The dispute is denied"
			if grant {
				done = "The dispute is granted"
			}
			return o.give(c, args[0], view.Order{Order: event.OrderDecideDispute, Dispute: args[1], Granted: grant}, done)
		},
	}
	o.flags(decide, "")
	var opening ordering
	open := &cobra.Command{
		Use: "open RECEIPT", Short: "Open a dispute for a shopper",
		Long: "Open says for a shopper that they do not agree with lines of a receipt. Up to the store's dispute_limit it is refunded at\n" +
			"once; else staff decide.",
		Example: "  aisle dispute open 3f0c… --line 2:1 --reason 'says they put it back'",
		Args:    needs("the receipt"),
		RunE: func(c *cobra.Command, args []string) error {
			return opening.give(c, args[0], view.Order{Order: event.OrderDispute}, "The dispute is open")
		},
	}
	opening.flags(open, "`line` of the receipt, and how many of its units: LINE or LINE:QUANTITY; may be repeated")
	decide.Flags().BoolVar(&grant, "grant", false, "the lines are given back")
	decide.Flags().BoolVar(&deny, "deny", false, "they are not")
	return group("dispute", "Decide what shoppers do not agree with", "  aisle dispute list\n  aisle dispute decide 77ab… d-19 --grant --reason 'the film does not show it'",
		listing("dispute", "List disputes, open ones first", "/api/v1/disputes", "List tells of each dispute: its lines, why, and how it was decided or until when it is to be.",
			func(c *cobra.Command, l disputeList) {
				w := c.OutOrStdout()
				if len(l.Disputes) == 0 {
					fmt.Fprintln(w, "Nobody disputes anything.")
				}
				for _, open := range []bool{true, false} {
					for i := range l.Disputes {
						if d := &l.Disputes[i]; (d.Decided == nil) == open {
							fmt.Fprintln(w, disputeWords(d))
						}
					}
				}
			}), open, decide)
}

func disputeWords(d *view.Dispute) string {
	var lines []string
	for _, l := range d.Lines {
		lines = append(lines, fmt.Sprintf("%d of line %s", l.Quantity, l.Line))
	}
	text := fmt.Sprintf("visit %d (%s), dispute %s by %s: %s: %s", d.Number, d.Session, d.ID, d.By, strings.Join(lines, ", "), d.Reason)
	switch {
	case d.Decided == nil:
		return text + "\n  to be decided by " + d.Until.Format(time.DateTime)
	case d.Decided.Granted:
		return text + "\n  granted by " + d.Decided.Actor + ": " + d.Decided.Reason
	}
	return text + "\n  denied by " + d.Decided.Actor + ": " + d.Decided.Reason
}

type debtList struct {
	Debts []view.Debt `json:"debts"`
}

func newDebt() *cobra.Command {
	decide := func(use, short, done string, order event.Order, long string) *cobra.Command {
		var o ordering
		c := &cobra.Command{
			Use: use + " VISIT", Short: short, Long: long, Args: needs("the visit"),
			Example: "  aisle debt " + use + " 77ab… --reason 'asked for by the shopper'",
			RunE: func(c *cobra.Command, args []string) error {
				return o.give(c, args[0], view.Order{Order: order}, done)
			},
		}
		o.flags(c, "")
		return c
	}
	return group("debt", "See to what visits owe", "  aisle debt list\n  aisle debt retry 77ab… --reason 'the shopper called'",
		listing("debt", "List what visits owe", "/api/v1/debts", "List tells of each visit that is not paid because the processor would not move it.",
			func(c *cobra.Command, l debtList) {
				w := c.OutOrStdout()
				if len(l.Debts) == 0 {
					fmt.Fprintln(w, "Nothing is owed.")
				}
				for _, d := range l.Debts {
					fmt.Fprintf(w, "visit %d (%s) owes %s since %s: %s\n", d.Number, d.Session, format.Money(d.Amount), d.At.Format(time.DateTime), d.Reason)
				}
			}),
		decide("retry", "Ask for a debt once more, now", "The debt is asked for", event.OrderRetryDebt,
			"Retry asks the processor for what a visit owes once more, at once."),
		decide("write-off", "Give a debt up", "The debt is no more", event.OrderWriteOff,
			"Write-off gives up what a visit owes: the store bears it, and the credential is let in again."),
	)
}
