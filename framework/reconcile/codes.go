// Package reconcile holds a processor's own report against the journal.
//
// It believes no answer of a payment plugin: of the journal it takes what the
// store booked, the keys that it made and the references by which the processor
// calls things; of the processor only the report. It changes nothing; a person
// acts on what it says. The aisle command calls it.
//
// It promises that a clean report of any size gives no discrepancy: what may
// only be late is a note.
package reconcile

// Code is a kind of discrepancy. The words never change.
type Code string

// The codes. Kinds says each in a sentence, with what to do.
const (
	MalformedRow         Code = "malformed_row"
	DuplicateRow         Code = "duplicate_row"
	IDReused             Code = "id_reused"
	ReferenceReused      Code = "reference_reused"
	KeyReused            Code = "key_reused_with_other_amount"
	CreatedInFuture      Code = "created_in_future"
	SettledBeforeCreated Code = "settled_before_created"
	NetMismatch          Code = "net_mismatch"
	FeeUnexpected        Code = "fee_unexpected"
	PayoutSumMismatch    Code = "payout_sum_mismatch"

	CapturedNotInReport  Code = "captured_not_in_report"
	InReportNotCaptured  Code = "in_report_not_captured"
	CaptureOnUnknownHold Code = "capture_on_unknown_hold"
	CaptureAfterVoid     Code = "capture_after_void"
	CaptureAfterExpiry   Code = "capture_after_expiry"
	CapturedTwice        Code = "captured_twice"
	AmountDiffers        Code = "amount_differs"
	CurrencyDiffers      Code = "currency_differs"
	ReferenceDiffers     Code = "reference_differs"

	HoldAmountDiffers   Code = "hold_amount_differs"
	HoldUnbooked        Code = "hold_unbooked"
	HoldNotInReport     Code = "hold_not_in_report"
	SecondHold          Code = "second_hold_for_session"
	SessionUnknown      Code = "session_unknown"
	VoidMissing         Code = "void_missing"
	VoidUnbooked        Code = "void_unbooked"
	HoldOpenPastDue     Code = "hold_open_past_deadline"
	HoldExpiredUntaken  Code = "hold_expired_uncaptured"
	FailedButBooked     Code = "status_failed_but_booked"
	PendingTooLong      Code = "status_pending_too_long"
	LateSettlement      Code = "late_settlement"
	WrongDay            Code = "wrong_day"
	RefundMissing       Code = "refund_missing"
	RefundUnknown       Code = "refund_unknown"
	RefundTwice         Code = "refund_twice"
	RefundAmountDiffers Code = "refund_amount_differs"
	RefundExceeds       Code = "refund_exceeds_capture"
	ChargebackUnbooked  Code = "chargeback_unrecorded"
	ChargebackMissing   Code = "chargeback_recorded_missing"
	ChargebackDiffers   Code = "chargeback_amount_differs"
	TotalMismatch       Code = "total_mismatch_by_day"
)

// Kind is what a code means, and what to do.
type Kind struct {
	Code     Code   `json:"code"`
	Sentence string `json:"sentence"`
	Next     string `json:"next"`
}

const (
	askProcessor = "ask the processor for the movement by its reference and key"
	giveBack     = "give the shopper back what was taken too much (aisle refund), then ask the processor why"
	correct      = "have the report exported again; if it stays, ask the processor which is right"
)

// Kinds lists every code.
func Kinds() []Kind {
	return []Kind{
		{MalformedRow, "A row can't be read.", "have the report exported again"},
		{DuplicateRow, "A row stands in the report twice.", "ignore the repeat; it is counted once"},
		{IDReused, "Two different rows have one id.", correct},
		{ReferenceReused, "One reference names movements of two different keys.", askProcessor},
		{KeyReused, "One idempotency key moved two different amounts.", giveBack},
		{CreatedInFuture, "A row is dated after the report.", correct},
		{SettledBeforeCreated, "A row settled before it was created.", correct},
		{NetMismatch, "A row's net is not its amount less its fee.", correct},
		{FeeUnexpected, "A fee is negative, above the agreed rate, or greater than what it is for.", "check the contract, and ask for the fee back"},
		{PayoutSumMismatch, "A payout is not the sum of its rows.", "ask the processor for the missing rows of the payout"},
		{CapturedNotInReport, "The store booked a capture that the report does not have.", askProcessor + ": if it was not taken, the sale is not paid"},
		{InReportNotCaptured, "The report has a capture of a hold that the store did not book.", giveBack},
		{CaptureOnUnknownHold, "The report has a capture of a hold that the store does not know.", "find out who else charges for this store; then refund it at the processor"},
		{CaptureAfterVoid, "The report has a capture of a hold that was released.", giveBack},
		{CaptureAfterExpiry, "A capture was made after its hold had lapsed.", "watch it for a chargeback, and ask the processor how it could be"},
		{CapturedTwice, "One hold was captured more than once.", giveBack},
		{AmountDiffers, "A capture's amount is not the one that was booked.", giveBack + "; where it is less, " + askProcessor},
		{CurrencyDiffers, "A movement's currency is not the one that was booked.", askProcessor},
		{ReferenceDiffers, "A movement's reference is not the one that the store was told.", askProcessor},
		{HoldAmountDiffers, "A hold's amount is none that the store asked for.", askProcessor},
		{HoldUnbooked, "The report has a hold that the store took for declined or never placed.", "have the processor release it"},
		{HoldNotInReport, "The store booked a hold that the report does not have.", askProcessor},
		{SecondHold, "The report has a second hold for one that the store placed.", "have the processor release the second"},
		{SessionUnknown, "A movement's key and references are none of this store's.", "find out whose it is: another host may charge for this store"},
		{VoidMissing, "The store released a hold, and the report has no release: the hold may still be open.", "have the processor release it"},
		{VoidUnbooked, "The report has a release of a hold that the store did not release.", askProcessor + ": what is owed may have to be charged again"},
		{HoldOpenPastDue, "A hold is still open less than a day before it lapses.", "capture or release it now (aisle review)"},
		{HoldExpiredUntaken, "A hold has lapsed that the store takes for open.", "look it up; what is owed has to be asked for again"},
		{FailedButBooked, "The report says failed of what the store booked as done.", askProcessor + ", and correct the books"},
		{PendingTooLong, "A movement is pending for longer than it may be.", askProcessor},
		{LateSettlement, "A movement settled, or is not settled, later than agreed.", "ask the processor when it is paid out"},
		{WrongDay, "A movement is reported on another business day than it was booked on.", "book the difference between the days by hand"},
		{RefundMissing, "The store booked a refund that the report does not have.", askProcessor + ": the shopper may not have it"},
		{RefundUnknown, "The report has a refund that the store did not book.", "find out who refunded it by hand, and note it"},
		{RefundTwice, "One refund was made more than once.", askProcessor},
		{RefundAmountDiffers, "A refund's amount is not the one that was booked.", askProcessor},
		{RefundExceeds, "More was refunded of a capture than was taken.", askProcessor + ", and find out who refunded it"},
		{ChargebackUnbooked, "The report has a chargeback that the store did not record.", "answer it with the receipt's evidence (aisle why) before its deadline"},
		{ChargebackMissing, "The store recorded a chargeback that the report does not have.", askProcessor},
		{ChargebackDiffers, "A chargeback's amount is not the one that was recorded.", askProcessor},
		{TotalMismatch, "A day's captures less refunds are not the same in the books and in the report.", "settle the other discrepancies of that day first: it follows from them"},
	}
}
