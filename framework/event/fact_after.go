package event

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/openaisle/aisle/sdk/money"
)

// LineRef is units of one line of a receipt.
type LineRef struct {
	// Line is the line's id: see SaleLine and PendingLine.
	Line     string `json:"line"`
	Quantity int    `json:"quantity"`
}

// RefundMoved says that a refund is in another state, or that it is asked for
// again. A session may have several, each with its own key; together they never
// exceed what was captured, and each goes back to the instrument that paid.
type RefundMoved struct {
	Session string `json:"session"`
	// Refund names the refund within the session.
	Refund string `json:"refund"`
	// Of is the refund that this is a further part of, where one capture does
	// not cover it; empty for the first. Hold is whose capture is given back, by
	// its number from 1.
	Of   string `json:"of,omitempty"`
	Hold int    `json:"hold,omitempty"`
	// Paid is the visit whose hold it is, where that paid what this one owed.
	Paid string `json:"paid,omitempty"`
	// Kind says that it is none of what was bought and paid; empty for that.
	Kind RefundKind `json:"kind,omitempty"`
	// Key is the movement's idempotency key. Skipped is how many keys of this refund
	// come between it and the one before: another host has gone on to it.
	Key     string      `json:"key"`
	Skipped int         `json:"skipped,omitempty"`
	State   RefundState `json:"state"`
	// Amount is what is given back; positive.
	Amount money.Amount `json:"amount"`
	// Reference is the processor's name for it once it is done.
	Reference string `json:"reference,omitempty"`
	// Lines are the units that it is for; empty for an amount that is for none.
	Lines []LineRef `json:"lines,omitempty"`
	// Parts are what of it was tax and deposit, by account; stated when it begins.
	Parts []Posting `json:"parts,omitempty"`
	// Reason and Actor say why, and who decided it.
	Reason string `json:"reason"`
	Actor  string `json:"actor"`
	// Attempt counts the asks, RetryAt is the next. Doubtful says that it may
	// have happened, so that it is looked up.
	Attempt  int        `json:"attempt,omitempty"`
	RetryAt  *time.Time `json:"retry_at,omitempty"`
	Doubtful bool       `json:"doubtful,omitempty"`
	// Absent says that a look-up did not find it, and Check that a notice has it
	// looked up once more. Undone says that the processor took it back: it is
	// owed to the shopper.
	Absent bool `json:"absent,omitempty"`
	Check  bool `json:"check,omitempty"`
	Undone bool `json:"undone,omitempty"`
	// Message is the processor's word.
	Message string    `json:"message,omitempty"`
	At      time.Time `json:"at"`
}

// RefundKind is what a refund is of, where it is not of what was bought and paid.
type RefundKind string

// The kinds.
const (
	// RefundOverpaid: of what was paid twice. It lowers no receipt.
	RefundOverpaid RefundKind = "overpaid"
	// RefundOfDebt: of what is owed and not paid. The debt is lowered and no money
	// moves.
	RefundOfDebt RefundKind = "debt"
)

// RefundState is the state of a refund.
type RefundState string

// The states.
const (
	RefundRefunding RefundState = "refunding"
	RefundRefunded  RefundState = "refunded"
	// RefundRefused: the processor won't; nothing was given back.
	RefundRefused RefundState = "refused"
)

// DebtCleared says that a debt is paid, wholly or in part, or given up.
type DebtCleared struct {
	// Session is the visit that owed it: that of the DebtNoted.
	Session string       `json:"session"`
	Token   string       `json:"token"`
	Amount  money.Amount `json:"amount"`
	// By is the visit that paid it, or who gave it up.
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// LineDecided says what becomes of a line that waited for staff.
type LineDecided struct {
	Session  string   `json:"session"`
	Line     string   `json:"line"`
	Decision Decision `json:"decision"`
	// Actor is who decided; empty where the time was over.
	Actor  string    `json:"actor,omitempty"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Decision is what is decided of a line.
type Decision string

// The decisions.
const (
	// DecideCharge: the line in doubt is charged.
	DecideCharge Decision = "charge"
	// DecideDrop: it is not charged, now or later.
	DecideDrop Decision = "drop"
	// DecideRelease: an age-restricted line may be sold to this shopper.
	DecideRelease Decision = "release"
)

// DisputeOpened says that the shopper does not agree with lines of a receipt.
type DisputeOpened struct {
	Session string `json:"session"`
	// Dispute names it within the session.
	Dispute string    `json:"dispute"`
	Lines   []LineRef `json:"lines"`
	Reason  string    `json:"reason"`
	// By is who opened it: the shopper, or staff for them.
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// DisputeDecided says how a dispute ended. A granted one is refunded.
type DisputeDecided struct {
	Session string    `json:"session"`
	Dispute string    `json:"dispute"`
	Granted bool      `json:"granted"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// ChargebackNoted says that the issuer took money back. It is recorded once an
// ID; what it takes is not refunded again.
type ChargebackNoted struct {
	Session string `json:"session"`
	// ID is the processor's name for the case, Reference that of the capture.
	ID        string       `json:"id"`
	Reference string       `json:"reference"`
	Amount    money.Amount `json:"amount"`
	Reason    string       `json:"reason,omitempty"`
	At        time.Time    `json:"at"`
}

// DayClosed says that a day of the store is closed: what was posted until then
// and after the day before. Nothing is posted to a closed day.
type DayClosed struct {
	// Day is the store's local date, as 2006-01-02.
	Day   string    `json:"day"`
	Until time.Time `json:"until"`
	// Balances are the sums of the day by account, sorted; they add up to zero
	// in each currency.
	Balances []Posting `json:"balances"`
	// Sessions counts those that closed in it.
	Sessions int       `json:"sessions"`
	At       time.Time `json:"at"`
}

// Alarmed says that a person must look. Nothing is waiting for it: the core has
// done, or goes on doing, all that is safe.
type Alarmed struct {
	Session string    `json:"session,omitempty"`
	Code    AlarmCode `json:"code"`
	Message string    `json:"message"`
	// Movement is the key of the movement that it is about, where staff can say
	// what became of it: see OrderResolve.
	Movement string    `json:"movement,omitempty"`
	At       time.Time `json:"at"`
}

// ID names the alarm: by what it says, so that it is the same in every reading
// of the journal.
func (a Alarmed) ID() string {
	sum := sha256.Sum256([]byte(a.Session + "\x00" + string(a.Code) + "\x00" + a.Movement + "\x00" + a.Message + "\x00" + a.At.UTC().Format(time.RFC3339Nano)))
	return string(a.Code) + "-" + hex.EncodeToString(sum[:4])
}

// AlarmAcknowledged says that somebody saw an alarm. Nothing waited for it.
type AlarmAcknowledged struct {
	// Alarm is its ID; Session and Code are its own.
	Alarm   string    `json:"alarm"`
	Session string    `json:"session,omitempty"`
	Code    AlarmCode `json:"code"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// MovementResolved says what became of a movement by the word of a member of
// staff, since the processor never told. A word of the processor that comes
// later and says otherwise is an alarm (contradicted), and the books follow it.
type MovementResolved struct {
	Session string `json:"session"`
	// Movement is its key, and Operation what it was to do.
	Movement  string    `json:"movement"`
	Operation Operation `json:"operation"`
	// Hold is whose it is, by its number from 1; Refund names it where it is one.
	Hold     int    `json:"hold,omitempty"`
	Refund   string `json:"refund,omitempty"`
	Happened bool   `json:"happened"`
	// Reference is the processor's name for it, where they know it.
	Reference string    `json:"reference,omitempty"`
	Actor     string    `json:"actor"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
}

// AlarmCode says what a person must look at. The words never change.
type AlarmCode string

// The alarms.
const (
	// AlarmUnresolved: what became of a movement can no longer be found out: its
	// key is too old to be sent again and nothing can be looked up, or the
	// processor has not told for a day. Staff say: OrderResolve.
	AlarmUnresolved AlarmCode = "unresolved"
	// AlarmOtherAmount: the processor moved or held another amount, or another
	// currency, than was asked for.
	AlarmOtherAmount AlarmCode = "other_amount"
	// AlarmDuplicate: the processor refused a movement as a repeat of another.
	// Somebody else may be charging for this store.
	AlarmDuplicate AlarmCode = "duplicate"
	// AlarmVoidRefused: a hold that nobody wants stands and can't be released.
	AlarmVoidRefused AlarmCode = "void_refused"
	// AlarmHoldExpiring: a hold lapses in less than a day and is neither
	// captured nor released.
	AlarmHoldExpiring AlarmCode = "hold_expiring"
	// AlarmHoldExpired: a hold lapsed before what is owed was captured of it.
	AlarmHoldExpired AlarmCode = "hold_expired"
	// AlarmCaptureFailed: a capture that was done is undone by the processor.
	AlarmCaptureFailed AlarmCode = "capture_failed"
	// AlarmCapturedUnasked: money moved of a hold that counted as at rest.
	AlarmCapturedUnasked AlarmCode = "captured_unasked"
	// AlarmChargeback: the issuer took money back.
	AlarmChargeback AlarmCode = "chargeback"
	// AlarmRefundFailed: a refund that was done is undone, or refused for good.
	AlarmRefundFailed AlarmCode = "refund_failed"
	// AlarmContradicted: the processor says otherwise than a member of staff did of
	// a movement that it did not tell of for long.
	AlarmContradicted AlarmCode = "contradicted"
	// AlarmDisputeOverdue: a dispute is not decided in its time.
	AlarmDisputeOverdue AlarmCode = "dispute_overdue"
)

// Noticed says that a notice was taken in. A notice is never believed about
// money: what it speaks of is looked up.
type Noticed struct {
	Device string     `json:"device"`
	ID     string     `json:"id"`
	Kind   NoticeKind `json:"kind"`
	// Session is the visit whose money it speaks of; empty where it is none
	// that is known.
	Session string `json:"session,omitempty"`
	// Hold is the number of the visit's hold of which another host is said to have taken
	// money under the key Elsewhere, and TakenBack what the issuer is said to have taken
	// back of that.
	Hold      int           `json:"hold,omitempty"`
	Elsewhere string        `json:"elsewhere,omitempty"`
	TakenBack *money.Amount `json:"taken_back,omitempty"`
	// Reference and Key are the notice's where it speaks of no visit that is
	// known: a movement that turns out to have that name is looked up before it
	// is believed.
	Reference string    `json:"reference,omitempty"`
	Key       string    `json:"key,omitempty"`
	At        time.Time `json:"at"`
}

// SaleRecalled says that a sale which was set aside is known again.
type SaleRecalled struct {
	Sale Sale      `json:"sale"`
	At   time.Time `json:"at"`
}

func (SaleRecalled) fact()    {}
func (RefundMoved) fact()     {}
func (DebtCleared) fact()     {}
func (LineDecided) fact()     {}
func (DisputeOpened) fact()   {}
func (DisputeDecided) fact()  {}
func (ChargebackNoted) fact() {}
func (DayClosed) fact()       {}
func (Alarmed) fact()         {}
func (Noticed) fact()         {}

func (AlarmAcknowledged) fact() {}
func (MovementResolved) fact()  {}
