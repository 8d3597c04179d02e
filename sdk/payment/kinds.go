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
	OperationIncrease
)

func (o Operation) String() string {
	if o > OperationIncrease {
		o = OperationUnknown
	}
	return [...]string{"unknown", "authorize", "capture", "void", "refund", "increase"}[o]
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
	// FundingGift is a gift card, FundingEBT electronic benefit transfer.
	FundingGift
	FundingEBT
)

func (f Funding) String() string {
	if f > FundingEBT {
		f = FundingUnknown
	}
	return [...]string{"unknown", "credit", "debit", "prepaid", "gift", "ebt"}[f]
}

// RiskLevel is what the processor thinks of a payment that it did not decline.
type RiskLevel uint8

// The levels. Their numbers are those of the wire and never change.
const (
	// RiskUnknown: it says nothing of it, or its system is down.
	RiskUnknown RiskLevel = iota
	RiskLow
	RiskElevated
	// RiskDenied: it advises against it. The store decides.
	RiskDenied
)

func (r RiskLevel) String() string {
	if r > RiskDenied {
		r = RiskUnknown
	}
	return [...]string{"unknown", "low", "elevated", "denied"}[r]
}

// NoticeKind is what a processor says by itself.
type NoticeKind uint8

// The kinds. Their numbers are those of the wire and never change.
const (
	NoticeUnknown NoticeKind = iota
	NoticeCaptured
	// NoticeCaptureFailed: a capture that was accepted has failed since.
	NoticeCaptureFailed
	NoticeVoided
	NoticeHoldExpired
	NoticeRefunded
	// NoticeRefundFailed: a refund that was accepted has failed since.
	NoticeRefundFailed
	// NoticeChargeback: the shopper had the payment taken back by the issuer.
	NoticeChargeback
)

func (k NoticeKind) String() string {
	if k > NoticeChargeback {
		k = NoticeUnknown
	}
	return [...]string{"unknown", "captured", "capture_failed", "voided", "hold_expired", "refunded", "refund_failed", "chargeback"}[k]
}
