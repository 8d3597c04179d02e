package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

// describe puts a fact into a sentence for the log. It reports false for facts
// that only matter to machines. It is called before the fact is folded.
func (m *Model) describe(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.Adopted, event.DeviceChanged, event.Lost, event.Quarantined:
		return m.describeStore(f)
	case event.HostAway, event.Outage:
		return m.describeFailure(f)
	case event.SessionOpened, event.EntryRefused, event.AdmissionGiven, event.AdmissionClosed, event.BodyEntered,
		event.BodyLeft, event.BodyUnknown, event.TrackUnbound, event.SessionEnded, event.PartyAsked:
		return m.describeEntry(f)
	case event.Taken, event.Returned, event.Restocked, event.Doubted, event.Unattributed, event.StrayChanged,
		event.TagLeft, event.Late:
		return m.describeGoods(f)
	case event.CartFrozen, event.PaymentMoved, event.DebtNoted, event.HousePosted, event.ReceiptIssued, event.SessionClosed:
		return m.describeMoney(f)
	case event.RefundMoved, event.DebtCleared, event.LineDecided, event.DisputeOpened, event.DisputeDecided, event.ChargebackNoted,
		event.DayClosed, event.Alarmed, event.AlarmAcknowledged, event.MovementResolved:
		return m.describeAfter(f)
	case event.EnrolmentStarted, event.EnrolmentEnded, event.InstrumentPaired, event.InstrumentForgotten, event.ErasureMoved:
		return m.describeEnrolment(f)
	case event.Answered:
		return m.describeAnswer(f.Answer)
	case event.EntryChanged: // tellEntry, once the record is folded
	case event.Noted, event.Ignored, event.Asked, event.ExitSeen, event.TrackSeen, event.TrackBound,
		event.LevelSet, event.ChangeSeen, event.HandSeen, event.HandSpent, event.ChangeExplained, event.TagSeen, event.Posted,
		event.Noticed, event.SaleRecalled:
	}
	return Line{}, false
}

func (m *Model) describeStore(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.Adopted:
		s := f.Definition.Store
		return Line{Text: fmt.Sprintf("The definition of %s is in force: %s, %s", s.Name,
			count(len(s.Devices), "device"), count(len(s.Products), "product"))}, true
	case event.DeviceChanged:
		l := Line{At: f.At, Text: f.Device + " is " + string(f.State), Tone: toneOf(f.State)}
		if f.Cause != "" {
			l.Text += ": " + f.Cause
		}
		return l, true
	case event.Lost:
		return Line{At: f.At, Tone: ToneDoubt, Text: fmt.Sprintf("%s of %s never arrived", count(int(f.Gap.Lost), "report"), f.Device) + because(f.Gap.Cause)}, true
	case event.Quarantined:
		who := f.Device
		if who == "" {
			who = "something"
		}
		return Line{Tone: ToneBad, Text: "A report of " + who + " could not be handled and was set aside: " + f.Panic}, true
	default: // describe lists every fact
	}
	return Line{}, false
}

func toneOf(s event.DeviceState) Tone {
	switch s {
	case event.StateReady:
		return ToneGood
	case event.StateDegraded:
		return ToneDoubt
	case event.StateOffline, event.StateFailed, event.StateQuarantined:
		return ToneBad
	case event.StateUnconfigured, event.StateClaiming, event.StateClosing:
	}
	return TonePlain
}

func (m *Model) describeEntry(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.SessionOpened:
		what := fmt.Sprintf("Visit %d: %s at %s asks for a party of %d", m.numbers+1, methodWords(f.Method), f.Reader, f.Bodies)
		if f.Staff {
			what = fmt.Sprintf("Visit %d: staff at %s", m.numbers+1, f.Reader)
		}
		return Line{At: f.At, Session: f.Session, Text: what}, true
	case event.EntryRefused:
		who := f.Reader
		if n := m.number(f.Session); n > 0 {
			who = fmt.Sprintf("Visit %d", n)
		}
		return Line{At: f.At, Session: f.Session, Tone: ToneDoubt, Text: "Turned away at " + who + ": " + f.Message + because(f.Reason)}, true
	case event.PartyAsked:
		l := m.about(f.Session, TonePlain, fmt.Sprintf("%s more asked for, with a hold of their own", people(f.Bodies)))
		l.At = f.At
		return l, true
	case event.AdmissionGiven:
		return m.about(f.Session, TonePlain, fmt.Sprintf("%s was asked to let in a party of %d", f.Gate, f.Bodies)), true
	case event.AdmissionClosed:
		l := m.about(f.Session, TonePlain, "Admission closed: "+f.Reason)
		l.At = f.At
		return l, true
	case event.BodyEntered:
		return m.about(f.Session, TonePlain, "Somebody came in by "+f.Gate), true
	case event.BodyLeft:
		return m.about(f.Session, TonePlain, "Somebody left by "+f.Gate), true
	case event.BodyUnknown:
		return Line{Tone: ToneDoubt, Text: unknownBody(f)}, true
	case event.TrackUnbound:
		return m.about(f.Session, ToneDoubt, "Lost from sight: "+f.Reason), true
	case event.SessionEnded:
		l := m.about(f.Session, TonePlain, endingWords(f.Ending))
		l.At = f.At
		return l, true
	default: // describe lists every fact
	}
	return Line{}, false
}

func unknownBody(f event.BodyUnknown) string {
	switch f.Direction {
	case observe.DirectionIn:
		return "Somebody came in by " + f.Gate + " on no admission"
	case observe.DirectionOut:
		return "Somebody left by " + f.Gate + " and it can't be told of which visit"
	case observe.DirectionUnknown:
	}
	return "Somebody passed " + f.Gate + " and it can't be told which way"
}

func endingWords(e event.Ending) string {
	switch e {
	case event.EndedRefused:
		return "Not let in"
	case event.EndedAbandoned:
		return "Let in, but nobody came"
	case event.EndedLeft:
		return "Everybody has left"
	case event.EndedUnseen:
		return "Never seen leaving; the longest stay is over"
	case event.EndedByStaff:
		return "Ended by the staff"
	}
	return "Ended: " + string(e)
}

func methodWords(v observe.Method) string {
	switch v {
	case observe.MethodCard:
		return "a card"
	case observe.MethodPalm:
		return "a palm"
	case observe.MethodBadge:
		return "a badge"
	case observe.MethodCode:
		return "a code"
	case observe.MethodUnknown:
	}
	return "somebody"
}

func (m *Model) describeGoods(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.Taken:
		return m.about(f.Session, TonePlain, "Took "+m.units(f.Quantity, f.GTIN)+" from "+f.Bay), true
	case event.Returned:
		if f.Quantity == 0 { // loose goods, of which another of the party took meanwhile
			return m.about(f.Session, TonePlain, "Put some "+m.title(f.GTIN)+" back on "+f.Bay), true
		}
		return m.about(f.Session, TonePlain, "Put "+m.units(f.Quantity, f.GTIN)+" back on "+f.Bay), true
	case event.Restocked:
		switch {
		case f.GTIN == "":
			return m.about(f.Session, TonePlain, "Staff worked at "+f.Bay), true
		case f.Quantity < 0:
			return m.about(f.Session, TonePlain, "Staff took "+m.units(-f.Quantity, f.GTIN)+" off "+f.Bay), true
		}
		return m.about(f.Session, TonePlain, "Staff put "+m.units(f.Quantity, f.GTIN)+" on "+f.Bay), true
	case event.Doubted:
		return m.describeDoubt(f), true
	case event.Unattributed:
		return Line{Tone: ToneDoubt, Text: fmt.Sprintf("%s changed by %s and it was nobody's doing: %s", f.Bay, f.Change, f.Reason)}, true
	case event.StrayChanged:
		if f.Quantity == 0 {
			return Line{Text: m.title(f.GTIN) + " no longer lies in the wrong place on " + f.Bay}, true
		}
		return Line{Tone: ToneDoubt, Text: m.units(f.Quantity, f.GTIN) + " in the wrong place on " + f.Bay}, true
	case event.TagLeft:
		switch len(f.Sessions) {
		case 0:
			return Line{Tone: ToneDoubt, Text: "The tag of " + m.title(f.GTIN) + " left and it can't be told with whom"}, true
		case 1:
			return m.about(f.Sessions[0], TonePlain, "The tag of "+m.title(f.GTIN)+" left"), true
		}
		return Line{Tone: ToneDoubt, Text: "The tag of " + m.title(f.GTIN) + " left with " + m.visits(f.Sessions)}, true
	case event.Late:
		l := m.about(f.Session, ToneDoubt, "A report of "+f.By.Device+" came after the cart was closed")
		l.At = f.At
		return l, true
	default: // describe lists every fact
	}
	return Line{}, false
}

func (m *Model) describeDoubt(f event.Doubted) Line {
	what := "something"
	if len(f.Candidates) > 0 {
		what = m.units(f.Candidates[0].Quantity, f.Candidates[0].GTIN)
	}
	text := "Perhaps took " + what
	if f.Put {
		text = "Perhaps put back " + what
	}
	if f.Bay != "" {
		text += " at " + f.Bay
	}
	text += ": " + f.Reason
	if len(f.Sessions) == 1 {
		return m.about(f.Sessions[0], ToneDoubt, text)
	}
	return Line{Tone: ToneDoubt, Text: capital(m.visits(f.Sessions)) + ": " + lower(text)}
}

func (m *Model) describeMoney(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.CartFrozen:
		n := 0
		for _, l := range f.Lines {
			n += l.Quantity
		}
		text := "Cart closed with " + count(n, "item")
		tone := TonePlain
		if len(f.Pending) > 0 {
			text, tone = text+" and "+count(len(f.Pending), "line")+" in doubt", ToneDoubt
		}
		l := m.about(f.Session, tone, text)
		l.At = f.At
		return l, true
	case event.PaymentMoved:
		return m.describePayment(f)
	case event.DebtNoted:
		l := m.about(f.Session, ToneBad, "Not paid: "+f.Amount.String()+". The store bears it: "+f.Reason)
		l.At = f.At
		return l, true
	case event.HousePosted:
		text := "Posted " + f.Amount.String() + " to the account house:" + f.House
		if f.Refund != "" {
			back, _ := f.Amount.Neg() // the least amount has no opposite: shown as it is
			text = "Gave " + back.String() + " back to the account house:" + f.House
		}
		l := m.about(f.Session, ToneGood, text)
		l.At = f.At
		return l, true
	case event.ReceiptIssued:
		return m.describeReceipt(f.Receipt)
	case event.SessionClosed:
		l := m.about(f.Session, TonePlain, "Closed")
		l.At = f.At
		return l, m.number(f.Session) > 0
	default: // describe lists every fact
	}
	return Line{}, false
}

// describeReceipt passes over versions that only say how the payment went: the
// payment's own fact has said so.
func (m *Model) describeReceipt(r event.Receipt) (Line, bool) {
	if r.Version <= 1 {
		return m.about(r.Session, TonePlain, "Receipt over "+r.Total.String()), true
	}
	before := m.past.place(r.ID)
	if before == nil {
		return m.about(r.Session, TonePlain, fmt.Sprintf("Receipt, version %d, over %s", r.Version, r.Total)), true
	}
	switch now := outline(&r); {
	case now.Dropped > before.Last.Dropped:
		return m.about(r.Session, ToneGood, "Decided for the shopper: "+count(now.Dropped-before.Last.Dropped, "line")+" in doubt not charged"), true
	case now.Total != before.Last.Total || now.Lines != before.Last.Lines || now.Pending != before.Last.Pending:
		return m.about(r.Session, TonePlain, fmt.Sprintf("Receipt, version %d, over %s", r.Version, r.Total)), true
	}
	return Line{}, false
}

func (m *Model) describePayment(f event.PaymentMoved) (Line, bool) {
	v := m.sessions[f.Session]
	if v != nil && f.Hold <= 1 && v.out.Payment != nil && v.out.Payment.State == f.State && (!f.Doubtful || v.out.Payment.Doubtful) {
		return Line{}, false
	}
	text, tone := "", TonePlain
	switch f.State {
	case event.PaymentAuthorizing, event.PaymentCapturing, event.PaymentVoiding, event.PaymentIncreasing:
		if !f.Doubtful {
			return Line{}, false // its end is worth a line
		}
		text, tone = "The processor has not said what became of the payment; looking it up", ToneDoubt
	case event.PaymentHeld:
		text = "Payment held"
		if f.Held != nil {
			text = "Held " + f.Held.String()
		}
	case event.PaymentOffline:
		text, tone = "Not paid yet, for the processor is down", ToneDoubt
		if f.Due != nil {
			text = "No hold: the store bears up to " + f.Due.String()
		}
	case event.PaymentDeclined:
		text, tone = "Payment declined", ToneDoubt
	case event.PaymentCaptured:
		text, tone = "Charged", ToneGood
		if f.Captured != nil {
			text = "Charged " + f.Captured.String()
		}
	case event.PaymentVoided:
		text, tone = "Hold released, nothing charged", ToneGood
		if f.Hold > 1 {
			text = "Further hold released"
		}
	case event.PaymentFailed:
		text, tone = "The processor refused to charge; the store bears it", ToneBad
	case event.PaymentHouse:
		return Line{}, false // the posting is worth a line
	case event.PaymentExpired:
		text, tone = "The hold lapsed", ToneDoubt
	}
	if f.Reason != "" {
		text += ": " + f.Reason
	}
	l := m.about(f.Session, tone, text)
	l.At = f.At
	return l, true
}

// about is a line about one visit.
func (m *Model) about(session string, tone Tone, text string) Line {
	if n := m.number(session); n > 0 {
		text = fmt.Sprintf("Visit %d: %s", n, lower(text))
	}
	return Line{Session: session, Tone: tone, Text: text}
}

// dated is about, at a time.
func (m *Model) dated(session string, tone Tone, text string, at time.Time) (Line, bool) {
	l := m.about(session, tone, text)
	l.At = at
	return l, true
}

func (m *Model) visits(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = fmt.Sprintf("visit %d", m.number(id))
	}
	return strings.Join(names, " or ")
}

func (m *Model) units(n int, g gs1.GTIN) string { return fmt.Sprintf("%d × %s", n, m.title(g)) }

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// lower and capital change the first letter of a sentence of ours, which is
// ASCII; an address stays as it is, for its first letter is small already.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
