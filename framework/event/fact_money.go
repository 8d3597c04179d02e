package event

import (
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// CartFrozen says what a session carried out. Nothing after it adds a line.
type CartFrozen struct {
	Session string     `json:"session"`
	At      time.Time  `json:"at"`
	Lines   []CartLine `json:"lines"`
	// Pending are the lines in doubt: shown, never charged here.
	Pending []PendingLine `json:"pending,omitempty"`
	// Attributes are those of the credential: what it is entitled to.
	Attributes []string `json:"attributes,omitempty"`
}

// CartLine is units of one product.
type CartLine struct {
	// ID names the line in every version of the receipt: "1", "2" and so on.
	ID       string   `json:"id,omitempty"`
	GTIN     gs1.GTIN `json:"gtin"`
	Quantity int      `json:"quantity"`
	// Mass is that of all of it, for weighed goods.
	Mass measure.Mass `json:"mass,omitempty"`
	// Picked are the prices it was picked at, as far as it is known when.
	Picked []Pick `json:"picked,omitempty"`
	// Why names the evidence in words and records.
	Why []Why `json:"why"`
}

// PendingLine is units that the session may have.
type PendingLine struct {
	// ID names the line in every version of the receipt: "p1", "p2" and so on.
	// It stays when the line is charged or dropped.
	ID       string   `json:"id,omitempty"`
	GTIN     gs1.GTIN `json:"gtin,omitempty"`
	Quantity int      `json:"quantity"`
	Doubt    string   `json:"doubt,omitempty"`
	Reason   string   `json:"reason"`
	// Mass and Picked are as of a cart line.
	Mass   measure.Mass `json:"mass,omitempty"`
	Picked []Pick       `json:"picked,omitempty"`
	// Age says that nothing is in doubt but whether the buyer is that old: staff
	// release the line, or it ends at Until in the shopper's favour.
	Age   int        `json:"age,omitempty"`
	Until *time.Time `json:"until,omitempty"`
	Why   []Why      `json:"why,omitempty"`
}

// Why is one reason of a line.
type Why struct {
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
	Evidence []Ref     `json:"evidence"`
}

// PaymentMoved says that one of a session's holds is in another state, or that
// the movement under way is asked for again.
type PaymentMoved struct {
	Session string       `json:"session"`
	State   PaymentState `json:"state"`
	// Hold is which of the session's holds moved: 0 and 1 both mean the
	// entry's. More are made by policy alone; see HoldPurpose.
	Hold int `json:"hold,omitempty"`
	// For is what a further hold is for. It is stated when the hold begins.
	For HoldPurpose `json:"for,omitempty"`
	// Token is the credential's, where the session is closed.
	Token string `json:"token,omitempty"`
	// Key is the movement's that is under way.
	Key string `json:"key,omitempty"`
	// Reference and Held are the hold's; Captured is what was taken.
	Reference string        `json:"reference,omitempty"`
	Held      *money.Amount `json:"held,omitempty"`
	Captured  *money.Amount `json:"captured,omitempty"`
	// Elsewhere is the key under which another host captured it, where that was found.
	Elsewhere string     `json:"elsewhere,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
	Brand     string     `json:"brand,omitempty"`
	Last4     string     `json:"last4,omitempty"`
	// Due is what the movement that begins is asked to move.
	Due *money.Amount `json:"due,omitempty"`
	// Doubtful says that the movement under way may have happened, Absent that
	// a look-up did not find it.
	Doubtful bool `json:"doubtful,omitempty"`
	Absent   bool `json:"absent,omitempty"`
	// Check is the operation that is looked up, where it is another than the
	// movement under way: what became of the hold of a void that was refused,
	// or of a capture that a notice says failed.
	Check Operation `json:"check,omitempty"`
	// Refused is what the processor won't do with this hold any more: raise it,
	// or capture more than it holds.
	Refused Operation `json:"refused,omitempty"`
	// Attempt counts asks of the movement under way; RetryAt is the next.
	Attempt int        `json:"attempt,omitempty"`
	RetryAt *time.Time `json:"retry_at,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	At      time.Time  `json:"at"`
}

// PaymentState is the state of a session's payment.
type PaymentState string

// The states.
const (
	PaymentAuthorizing PaymentState = "authorizing"
	PaymentHeld        PaymentState = "held"
	// PaymentOffline: nothing was asked of the processor yet, which is down;
	// the store bears the risk.
	PaymentOffline   PaymentState = "offline"
	PaymentDeclined  PaymentState = "declined"
	PaymentCapturing PaymentState = "capturing"
	PaymentCaptured  PaymentState = "captured"
	PaymentVoiding   PaymentState = "voiding"
	PaymentVoided    PaymentState = "voided"
	// PaymentFailed: the processor refused to capture; the store bears it.
	PaymentFailed PaymentState = "failed"
	// PaymentIncreasing: the hold is asked to be raised to the total.
	PaymentIncreasing PaymentState = "increasing"
	// PaymentExpired: the hold lapsed, or the processor knows of none any more,
	// before anything was captured of it.
	PaymentExpired PaymentState = "expired"
	// PaymentHouse: posted to an account of the store's own, all of Due so far; no
	// processor was asked, and nothing was held.
	PaymentHouse PaymentState = "house"
)

// HoldPurpose is what a hold beyond the entry's is for.
type HoldPurpose string

// The purposes. The entry's hold has none.
const (
	// HoldRest: what the holds before did not cover.
	HoldRest HoldPurpose = "rest"
	// HoldParty: another tap of the same instrument, where the store wants a
	// hold for each.
	HoldParty HoldPurpose = "party"
	// HoldDebt: what an earlier visit owes, asked for before the gate opens.
	HoldDebt HoldPurpose = "debt"
	// HoldLine: a line in doubt that staff decided to charge.
	HoldLine HoldPurpose = "line"
)

// Final reports whether nothing moves any more.
func (s PaymentState) Final() bool {
	switch s {
	case PaymentDeclined, PaymentCaptured, PaymentVoided, PaymentFailed, PaymentExpired, PaymentHouse:
		return true
	case PaymentAuthorizing, PaymentHeld, PaymentOffline, PaymentCapturing, PaymentVoiding, PaymentIncreasing:
	}
	return false
}

// Posted is a double entry in a session's ledger. Its amounts add up to zero.
type Posted struct {
	Session string    `json:"session"`
	Entries []Posting `json:"entries"`
	At      time.Time `json:"at"`
}

// Posting is one side of an entry: a debit is positive, a credit negative.
type Posting struct {
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// DebtNoted says what is not paid of a visit, because the processor would not
// move it. The store bears it until it is paid: the credential is asked for it
// at its next tap, before the gate opens, and is not let in without.
type DebtNoted struct {
	Session string       `json:"session"`
	Token   string       `json:"token"`
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
	At      time.Time    `json:"at"`
}

// HousePosted says that an account of the store's own is charged for a visit, or
// given back to. Somebody else has it paid: payroll, or whoever runs the plan.
type HousePosted struct {
	Session string `json:"session"`
	// Key names the posting for ever, so that whoever takes it in does so once.
	Key string `json:"key"`
	// House is the class, and Account the credential's token.
	House   string          `json:"house"`
	Account string          `json:"account"`
	Tender  storedef.Tender `json:"tender"`
	// Amount is positive for a charge and negative for what is given back, by the
	// refund of that name.
	Amount money.Amount `json:"amount"`
	Refund string       `json:"refund,omitempty"`
	At     time.Time    `json:"at"`
}

// ReceiptIssued is a version of a session's receipt.
type ReceiptIssued struct {
	Receipt Receipt `json:"receipt"`
	// After says that the session is closed. Reasons are not stated again: a
	// version before, of the same line, has them.
	After bool `json:"after,omitempty"`
}

// Receipt is what a shopper gets.
type Receipt struct {
	// ID is unguessable and names the receipt's page.
	ID         string     `json:"id"`
	Version    int        `json:"version"`
	Session    string     `json:"session"`
	Credential string     `json:"credential"`
	Store      string     `json:"store"`
	Opened     time.Time  `json:"opened"`
	Closed     time.Time  `json:"closed"`
	Ending     Ending     `json:"ending"`
	Lines      []SaleLine `json:"lines"`
	// Pending are lines in doubt, not charged; PendingUntil is when they end
	// in the shopper's favour. Dropped are those that did.
	Pending      []PendingLine `json:"pending"`
	PendingUntil *time.Time    `json:"pending_until,omitempty"`
	Dropped      []PendingLine `json:"dropped,omitempty"`
	// Discounts and Deposits are in the order of their lines. The total is that
	// of the lines, less discounts, with deposits and the taxes that are added.
	Discounts []DiscountLine `json:"discounts,omitempty"`
	Deposits  []DepositLine  `json:"deposits,omitempty"`
	Taxes     []TaxLine      `json:"taxes"`
	Total     money.Amount   `json:"total"`
	Payment   PaymentState   `json:"payment"`
	// Captured is what was taken, or posted to a house account.
	Captured *money.Amount `json:"captured,omitempty"`
	// Tender is how it is paid, House the class of the store's own accounts that
	// it is posted to.
	Tender storedef.Tender `json:"tender,omitempty"`
	House  string          `json:"house,omitempty"`
	Brand  string          `json:"brand,omitempty"`
	Last4  string          `json:"last4,omitempty"`
	// Refunds are what was given back, oldest first; the total and the taxes are
	// without it.
	Refunds []RefundLine `json:"refunds,omitempty"`
}

// RefundLine is one refund of a receipt.
type RefundLine struct {
	ID     string       `json:"id"`
	Amount money.Amount `json:"amount"`
	// Lines are what it is for; empty for an amount that is for none.
	Lines  []LineRef `json:"lines,omitempty"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// SaleLine is a priced line.
type SaleLine struct {
	// ID is the cart line's, or that of the pending line it was.
	ID       string       `json:"id,omitempty"`
	GTIN     gs1.GTIN     `json:"gtin"`
	Title    string       `json:"title"`
	Quantity int          `json:"quantity"`
	Unit     money.Amount `json:"unit"`
	// Mass is what is paid of weighed goods, and Per what Unit is the price of:
	// "kg", or empty for a unit.
	Mass   measure.Mass `json:"mass,omitempty"`
	Per    storedef.Per `json:"per,omitempty"`
	Amount money.Amount `json:"amount"`
	// Discount is what promotions take off; positive.
	Discount money.Amount `json:"discount,omitzero"`
	// Tax is the class, and TaxPart its part in that tax.
	Tax     string       `json:"tax"`
	TaxPart money.Amount `json:"tax_part,omitzero"`
	// Paid is all that was paid for it, added tax included and its deposit not:
	// what a refund of all of it gives back.
	Paid money.Amount `json:"paid,omitzero"`
	// Refunded is how many of its units were given back.
	Refunded int   `json:"refunded,omitempty"`
	Why      []Why `json:"why"`
}

// TaxLine is the tax in the total, by class and rate.
type TaxLine struct {
	Name string     `json:"name"`
	Rate money.Rate `json:"rate"`
	// Added says that it came on top of prices. Gross is with it, either way.
	Added bool         `json:"added,omitempty"`
	Gross money.Amount `json:"gross"`
	Tax   money.Amount `json:"tax"`
}

// SessionClosed says that nothing is left to do for a session. Its ledger adds
// up to zero.
type SessionClosed struct {
	Session string    `json:"session"`
	At      time.Time `json:"at"`
}

func (CartFrozen) fact()    {}
func (PaymentMoved) fact()  {}
func (Posted) fact()        {}
func (DebtNoted) fact()     {}
func (HousePosted) fact()   {}
func (ReceiptIssued) fact() {}
func (SessionClosed) fact() {}
