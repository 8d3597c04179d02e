package core_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
)

// render says what was stated, a fact a line, with short names. Facts that only
// take note are left out.
func (n *narrator) render(facts []event.Fact) string {
	var out strings.Builder
	for _, f := range facts {
		if o, ok := f.(event.SessionOpened); ok {
			n.names[o.Session] = fmt.Sprintf("s%d", len(n.names)+1)
		}
		if s := n.sentence(f); s != "" {
			out.WriteString(fmt.Sprintf("%6.1fs ", n.now.Sub(morning).Seconds()) + s + "\n")
		}
	}
	return out.String()
}

func (n *narrator) sentence(f event.Fact) string {
	switch f := f.(type) {
	case event.Noted, event.Answered, event.LevelSet, event.TrackSeen, event.ExitSeen, event.ChangeExplained, event.HandSeen, event.TagSeen, event.DeviceChanged, event.Adopted:
		return ""
	case event.EntryChanged:
		return down(f)
	case event.Outage:
		return n.outage(f)
	case event.HostAway:
		return "the host was away until " + fmt.Sprintf("%.1fs", f.Until.Sub(morning).Seconds())
	case event.EnrolmentStarted, event.EnrolmentEnded, event.InstrumentPaired, event.InstrumentForgotten, event.ErasureMoved:
		return n.enrolled(f)
	case event.MovementResolved, event.AlarmAcknowledged:
		return n.said(f)
	case event.Alarmed:
		n.alarms[string(f.Code)] = f.ID()
		return fmt.Sprintf("ALARM %s %s: %s", f.Code, n.names[f.Session], f.Message)
	case event.DebtCleared:
		by := f.By
		if n.names[by] != "" {
			by = n.names[by]
		}
		return fmt.Sprintf("the debt of %s over %s is cleared by %s", n.names[f.Session], f.Amount, by)
	case event.DebtNoted:
		return fmt.Sprintf("%s owes %s: %s", n.names[f.Session], f.Amount, f.Reason)
	case event.SessionOpened:
		return n.opened(f)
	case event.HousePosted:
		return n.posted(f)
	case event.Ignored:
		return "ignored: " + f.Reason
	case event.Asked:
		s := "ask " + string(f.Ask.Operation)
		if f.Ask.Hold > 1 {
			s += fmt.Sprintf(" (hold %d)", f.Ask.Hold)
		}
		if f.Ask.Of != "" {
			s += " of " + string(f.Ask.Of)
		}
		if f.Ask.Bodies > 0 {
			s += fmt.Sprintf(" bodies=%d", f.Ask.Bodies)
		}
		if f.Ask.Amount != nil && !f.Ask.Amount.IsZero() {
			s += " " + f.Ask.Amount.String()
		}
		return s
	case event.Taken:
		return n.move("taken", f.Move)
	case event.Returned:
		return n.move("returned", f.Move)
	case event.Doubted:
		deed := "taking"
		if f.Put {
			deed = "putting back"
		}
		return fmt.Sprintf("doubt %s by %s of %s: %s", deed, n.short(f.Sessions), candidates(f.Candidates), f.Reason)
	case event.CartFrozen:
		return fmt.Sprintf("cart %s frozen: %s", n.names[f.Session], lines(f))
	case event.PaymentMoved:
		s := "payment " + string(f.State)
		if f.Hold > 1 {
			s = fmt.Sprintf("hold %d for %s %s", f.Hold, f.For, f.State)
		}
		if f.Check != "" {
			s += ", looking up " + string(f.Check)
		}
		if f.RetryAt != nil {
			s += fmt.Sprintf(", again at %.1fs", f.RetryAt.Sub(morning).Seconds())
			if f.Doubtful {
				s += " by look-up"
			}
		}
		return s + suffix(f.Reason)
	case event.ReceiptIssued:
		return fmt.Sprintf("receipt v%d %s: %s, %s, %d pending", f.Receipt.Version, n.names[f.Receipt.Session], f.Receipt.Total, f.Receipt.Payment, len(f.Receipt.Pending))
	case event.Posted:
		var s []string
		for _, e := range f.Entries {
			s = append(s, e.Account+" "+e.Amount.Decimal())
		}
		return "posted " + strings.Join(s, ", ")
	case event.RefundMoved, event.LineDecided, event.DisputeOpened, event.DisputeDecided, event.ChargebackNoted:
		return n.afterwards(f)
	case event.TrackBound:
		return fmt.Sprintf("track %s is of %s", f.Track, n.names[f.Session])
	case event.BodyLeft:
		return fmt.Sprintf("a body of %s left: %s", n.names[f.Session], f.Reason)
	case event.SessionEnded:
		return fmt.Sprintf("%s ended: %s", n.names[f.Session], f.Ending)
	default:
		return n.plain(f)
	}
}

// plain says any other fact by its name and its plain fields.
func (n *narrator) plain(f event.Fact) string {
	b, err := json.Marshal(f)
	if err != nil {
		n.t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		n.t.Fatal(err)
	}
	s := event.FactName(f)
	for _, k := range []string{"session", "bodies", "code", "reason", "gate", "direction", "bay", "gtin", "quantity", "change", "sessions"} {
		if v, ok := m[k]; ok {
			text := fmt.Sprint(v)
			if short := n.names[text]; short != "" {
				text = short
			}
			if k == "gtin" {
				text = called(gs1.GTIN(text))
			}
			for id, short := range n.names {
				text = strings.ReplaceAll(text, id, short)
			}
			s += " " + k + "=" + text
		}
	}
	return s
}

func (n *narrator) move(deed string, m event.Move) string {
	s := fmt.Sprintf("%s %s %d %s by", n.names[m.Session], deed, m.Quantity, called(m.GTIN))
	for _, k := range m.Kinds {
		s += " " + k.String()
	}
	if m.Stray {
		s += " (stray)"
	}
	return s
}

func (n *narrator) short(ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, n.names[id])
	}
	return strings.Join(out, ",")
}

func candidates(list []event.DoubtCandidate) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d %s", c.Quantity, called(c.GTIN)))
	}
	if len(out) == 0 {
		return "something"
	}
	return strings.Join(out, " or ")
}

func lines(f event.CartFrozen) string {
	var out []string
	for _, l := range f.Lines {
		out = append(out, fmt.Sprintf("%d %s", l.Quantity, called(l.GTIN)))
	}
	for _, p := range f.Pending {
		out = append(out, fmt.Sprintf("(%d %s? %s)", p.Quantity, called(p.GTIN), p.Reason))
	}
	if len(out) == 0 {
		return "empty"
	}
	return strings.Join(out, ", ")
}

func called(g gs1.GTIN) string {
	for name, c := range catalogue {
		if c == g {
			return name
		}
	}
	return "something"
}

func suffix(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
