package payment

// Operation is a kind of movement.
type Operation uint8

// The operations. Their numbers are those of the wire and never change.
const (
	OperationUnknown Operation = iota
	OperationAuthorize
	OperationCapture
	OperationVoid
	OperationRefund
)

func (o Operation) String() string {
	return [...]string{"unknown", "authorize", "capture", "void", "refund"}[min(o, OperationRefund)]
}

// State is what became of a movement.
type State uint8

// The states. Their numbers are those of the wire and never change.
const (
	StateUnknown State = iota
	// StateAbsent: the processor has no such movement.
	StateAbsent
	// StateDone: it happened.
	StateDone
	// StateDeclined: it was refused for good; nothing moved.
	StateDeclined
	// StatePending: it is still under way.
	StatePending
)

func (s State) String() string {
	return [...]string{"unknown", "absent", "done", "declined", "pending"}[min(s, StatePending)]
}

// Funding is the funding type of an instrument (EMV and card schemes' term).
type Funding uint8

// The funding types. Their numbers are those of the wire and never change.
const (
	FundingUnknown Funding = iota
	FundingCredit
	FundingDebit
	FundingPrepaid
)

func (f Funding) String() string {
	return [...]string{"unknown", "credit", "debit", "prepaid"}[min(f, FundingPrepaid)]
}
