package settlement

import "github.com/openaisle/aisle/framework/event"

// The phases of a refund.
const (
	phaseRefunding    Phase = "refunding"
	phaseRefunded     Phase = "refunded"
	phaseRefused      Phase = "refused"
	phaseRefundedLook Phase = "refunded/refund" // was it undone?
	phaseRefusedLook  Phase = "refused/refund"  // was it made all the same?
)

// What only refunds have.
const (
	WantRefund What = "want: refund"
	// Spent: a refund that was done is undone, and was often enough.
	Spent What = "undone once more"
)

// The deeds of refunds.
const (
	bookBack    Deed = "book the refund"
	undo        Deed = "owe it again"
	alarmRefund Deed = "alarm refund_failed"
)

// refundTable is the machine of a refund. A key is kept as a hold's is: another
// is made only after a definite refusal of a refund that was done before, or
// after proof of no effect.
var refundTable = slicesOf(
	movement(phaseRefunding, []Transition{
		{"", Done, phaseRefunded, []Deed{bookBack}},
		{"", Other, phaseRefunding, []Deed{look}},
		{"", Contested, phaseRefunding, []Deed{look}},
		{"", OtherSure, phaseRefunded, []Deed{bookBack, alarmOther}},
		{"", Refused, phaseRefused, []Deed{alarmRefund}},
		{"", WantEnd, phaseRefused, []Deed{rest}},
	}),
	lookUp(phaseRefundedLook, []Transition{
		{"", Done, phaseRefunded, []Deed{rest}},
		{"", Contested, phaseRefundedLook, []Deed{look}},
		{"", OtherSure, phaseRefunded, []Deed{alarmOther, rest}},
		{"", Refused, phaseRefunding, []Deed{undo, alarmRefund, anewSlowly}},
		{"", Gone, phaseRefunding, []Deed{undo, alarmRefund, anewSlowly}},
		{"", Spent, phaseRefused, []Deed{undo, alarmRefund}},
		{"", Lost, phaseRefunded, []Deed{alarmUnresolved, rest}},
	}),
	lookUp(phaseRefusedLook, []Transition{
		{"", Done, phaseRefunded, []Deed{bookBack}},
		{"", Contested, phaseRefusedLook, []Deed{look}},
		{"", OtherSure, phaseRefunded, []Deed{bookBack, alarmOther}},
		{"", Refused, phaseRefused, []Deed{rest}},
		{"", Gone, phaseRefused, []Deed{rest}},
		{"", Lost, phaseRefused, []Deed{rest}},
	}),
	[]Transition{ // see resolve.go
		{phaseRefunding, SaidYes, phaseRefunded, []Deed{bookBack}},
		{phaseRefunding, SaidNo, phaseRefused, []Deed{rest}},
		{phaseRefundedLook, SaidYes, phaseRefunded, []Deed{rest}},
		{phaseRefundedLook, SaidNo, phaseRefused, []Deed{undo}}, // owed to the shopper
		{phaseRefusedLook, SaidYes, phaseRefunded, []Deed{bookBack}},
		{phaseRefusedLook, SaidNo, phaseRefused, []Deed{rest}},
	},
	[]Transition{
		{phaseNone, WantRefund, phaseRefunding, []Deed{begin}},
		{phaseRefunded, Doubt, phaseRefundedLook, []Deed{lookNow}},
		{phaseRefused, Doubt, phaseRefusedLook, []Deed{lookNow}},
	},
)

// RefundTable returns the machine of a refund.
func RefundTable() []Transition { return slicesOf(refundTable) }

func refundTransition(p Phase, w What) *Transition {
	for i := range refundTable {
		if refundTable[i].From == p && refundTable[i].What == w {
			return &refundTable[i]
		}
	}
	return nil
}

// phase is that of a refund.
func (r *Refund) phase() Phase {
	switch {
	case r.State == "":
		return phaseNone
	case r.Moved.Check != "":
		return Phase(r.State) + "/refund"
	}
	return Phase(r.State)
}

// refundPhase is the state of a phase, and whether it is looked up.
func refundPhase(p Phase) (event.RefundState, bool) {
	if p == phaseRefundedLook {
		return event.RefundRefunded, true
	}
	if p == phaseRefusedLook {
		return event.RefundRefused, true
	}
	return event.RefundState(p), false
}
