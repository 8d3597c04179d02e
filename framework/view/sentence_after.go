package view

import (
	"fmt"

	"github.com/openaisle/aisle/framework/event"
)

// describeAfter tells of what comes after the sale: money that goes back, debts
// and disputes, and what a person must look at.
func (m *Model) describeAfter(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.RefundMoved:
		return m.describeRefund(f)
	case event.DebtCleared:
		return m.dated(f.Session, ToneGood, fmt.Sprintf("Debt of %s cleared by %s", f.Amount, m.payer(f.By)), f.At)
	case event.LineDecided:
		if f.Line == "" { // staff saw the buyer before the cart was closed
			return m.dated(f.Session, TonePlain, "What asks for an age may be sold, says "+f.Actor+because(f.Reason), f.At)
		}
		text := map[event.Decision]string{
			event.DecideCharge: "Line %s is charged", event.DecideDrop: "Line %s is not charged", event.DecideRelease: "Line %s may be sold",
		}[f.Decision]
		if f.Actor != "" {
			text += ", says " + f.Actor
		}
		return m.dated(f.Session, TonePlain, fmt.Sprintf(text, f.Line)+because(f.Reason), f.At)
	case event.DisputeOpened:
		return m.dated(f.Session, ToneDoubt, "Disputed: "+count(len(f.Lines), "line")+because(f.Reason), f.At)
	case event.DisputeDecided:
		text := "Dispute refused by " + f.Actor
		if f.Granted {
			text = "Dispute granted by " + f.Actor
		}
		return m.dated(f.Session, TonePlain, text+because(f.Reason), f.At)
	case event.ChargebackNoted:
		return m.dated(f.Session, ToneBad, "The issuer took back "+f.Amount.String()+because(f.Reason), f.At)
	case event.DayClosed:
		return Line{At: f.At, Text: fmt.Sprintf("%s is closed: %s", f.Day, count(f.Sessions, "visit"))}, true
	case event.Alarmed:
		return m.dated(f.Session, ToneBad, "Somebody must look: "+f.Message, f.At)
	case event.AlarmAcknowledged:
		return m.dated(f.Session, TonePlain, "Alarm seen by "+f.Actor+because(f.Reason), f.At)
	case event.MovementResolved:
		text := "did not happen"
		if f.Happened {
			text = "happened"
		}
		return m.dated(f.Session, ToneDoubt, fmt.Sprintf("The %s %s, says %s", deedOf[f.Operation], text, f.Actor)+because(f.Reason), f.At)
	default: // describe lists every fact
	}
	return Line{}, false
}

// deedOf is a movement in words.
var deedOf = map[event.Operation]string{event.OpAuthorize: "hold", event.OpIncrease: "raising of the hold", event.OpCapture: "payment",
	event.OpVoid: "release of the hold", event.OpRefund: "refund"}

func (m *Model) describeRefund(f event.RefundMoved) (Line, bool) {
	switch f.State {
	case event.RefundRefunded:
		return m.dated(f.Session, ToneGood, "Gave back "+f.Amount.String()+because(f.Reason), f.At)
	case event.RefundRefused:
		return m.dated(f.Session, ToneBad, "The processor refused to give back "+f.Amount.String()+because(f.Reason), f.At)
	case event.RefundRefunding:
		if f.Doubtful {
			return m.dated(f.Session, ToneDoubt, "The processor has not said what became of the refund; looking it up", f.At)
		}
	}
	return Line{}, false
}

// payer says who paid or gave up a debt: a visit by its number, or a person.
func (m *Model) payer(by string) string {
	if n := m.number(by); n > 0 {
		return fmt.Sprintf("visit %d", n)
	}
	return by
}
