package core_test

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// staff has a member of staff, or the shopper at the receipt's page, decide
// something: lines are named as 1:2,p1.
func (n *narrator) staff(order, session string, args map[string]string) string {
	o := event.StaffOrder{ID: args["id"], Actor: cmp.Or(args["by"], "ana"), Reason: strings.ReplaceAll(cmp.Or(args["because"], "asked"), "_", " "),
		Session: n.idOf(session), Order: event.Order(order), Dispute: args["dispute"], Granted: args["granted"] == "yes", Happened: args["happened"] == "yes", Alarm: n.alarms[args["alarm"]]}
	o.Movement = n.movement(session, args)
	n.enrolment(&o, session, args)
	for _, l := range strings.FieldsFunc(args["lines"], func(r rune) bool { return r == ',' }) {
		line, units, _ := strings.Cut(l, ":")
		o.Lines = append(o.Lines, event.LineRef{Line: line, Quantity: num(units, 0)})
	}
	if a := args["amount"]; a != "" {
		x := money.New(int64(num(a, 0)), money.Currency(cmp.Or(args["currency"], "EUR")))
		o.Amount = &x
	}
	return n.step(o)
}

// movement is the key of what staff say what became of: hold=2, of=capture for
// what a notice has looked up, refund=r1, or key= as it is.
func (n *narrator) movement(session string, args map[string]string) string {
	p := n.payment(session)
	if p == nil || args["key"] != "" {
		return args["key"]
	}
	for _, r := range p.Refunds {
		if r.ID == args["refund"] {
			return r.Moved.Key
		}
	}
	h := p.Holds[num(args["hold"], 1)-1]
	if args["of"] == "capture" {
		return h.CaptureKey
	}
	return h.Key
}

// said says a word of staff.
func (n *narrator) said(f event.Fact) string {
	switch f := f.(type) {
	case event.MovementResolved:
		word := "did not happen"
		if f.Happened {
			word = "happened"
		}
		return fmt.Sprintf("the %s of %s %s, says %s: %s", f.Operation, n.names[f.Session], word, f.Actor, f.Reason)
	case event.AlarmAcknowledged:
		return fmt.Sprintf("alarm %s %s acknowledged by %s: %s", f.Code, n.names[f.Session], f.Actor, f.Reason)
	default:
		return ""
	}
}

// afterwards says a fact of what comes after the sale.
func (n *narrator) afterwards(f event.Fact) string {
	switch f := f.(type) {
	case event.RefundMoved:
		s := fmt.Sprintf("refund %s of %s is %s: %s", f.Refund, n.names[f.Session], f.State, f.Amount)
		if f.Hold > 1 {
			s += fmt.Sprintf(", of hold %d", f.Hold)
		}
		if f.Paid != "" {
			s += " of " + n.names[f.Paid]
		}
		if len(f.Lines) > 0 {
			s += ", for " + refs(f.Lines)
		}
		for _, x := range []struct {
			is   bool
			word string
		}{{f.Kind == event.RefundOverpaid, "paid twice"}, {f.Kind == event.RefundOfDebt, "no longer owed"}, {f.Check, "looked up once more"}, {f.Doubtful, "doubtful"}, {f.Undone, "owed again"}} {
			if x.is {
				s += ", " + x.word
			}
		}
		if f.RetryAt != nil {
			s += fmt.Sprintf(", again at %.1fs", f.RetryAt.Sub(morning).Seconds())
		}
		return s + suffix(f.Message)
	case event.LineDecided:
		s := "line " + f.Line + " of " + n.names[f.Session] + ": " + string(f.Decision)
		if f.Actor != "" {
			s += " by " + f.Actor
		}
		return s + suffix(f.Reason)
	case event.DisputeOpened:
		return fmt.Sprintf("dispute %s of %s by %s: %s", f.Dispute, n.names[f.Session], f.By, refs(f.Lines)) + suffix(f.Reason)
	case event.DisputeDecided:
		word := "refused"
		if f.Granted {
			word = "granted"
		}
		return fmt.Sprintf("dispute %s of %s %s by %s", f.Dispute, n.names[f.Session], word, f.Actor) + suffix(f.Reason)
	case event.ChargebackNoted:
		return fmt.Sprintf("chargeback of %s: %s", n.names[f.Session], f.Amount)
	default:
		return ""
	}
}

func refs(list []event.LineRef) string {
	var out []string
	for _, l := range list {
		out = append(out, fmt.Sprintf("%d of line %s", l.Quantity, l.Line))
	}
	return strings.Join(out, ", ")
}
