// Package settlement is the fourth stage of the core: the money.
//
// It holds before the gate opens, captures the total of what was carried out
// or releases the hold when nothing was, and finds out what became of every
// movement whose answer was lost. A session's money is a list of holds; each is
// a machine whose table is data (machine.go, drawn in README.md), and policy
// (ladder.go) says what is wanted of it. A movement has one key for ever: it is
// asked again, or looked up, under that key, and another is made only after
// proof that the one before had no effect. Each session has a double-entry
// account that adds up to zero when it closes.
//
// It does nothing that the processor does not declare (storedef.Processing),
// and captures nothing for doubt.
//
// This is a pure room; amounts are integer minor units.
package settlement

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// The accounts of a session. A debit is positive.
const (
	Receivable = "receivable" // owed by the shopper
	Clearing   = "clearing"   // on its way from the processor
	Revenue    = "revenue"    // net sales
	TaxPrefix  = "tax:"       // owed to the state, by class
	StoreCost  = "store_cost" // borne by the store by its own policy
	BadDebt    = "bad_debt"   // owed, but the processor would not move it
)

// State is the payments of all open sessions, and of those that closed lately.
type State struct {
	Payments map[string]*Payment `json:"payments"`
	// Sales are the payments of closed sessions that something may yet become of,
	// and the newest of the others; Closed is their order. The rest is set aside.
	Sales  map[string]*Payment `json:"sales,omitempty"`
	Closed []ClosedSale        `json:"closed,omitempty"`
	// Shelved is how many sales were set aside since, and Moves are the addresses
	// that processors had meanwhile.
	Shelved uint64 `json:"shelved,omitempty"`
	Moves   []Move `json:"moves,omitempty"`
	// KeepSales is for how long what is owed is kept: from the definition in force.
	KeepSales time.Duration `json:"keep_sales,omitempty"`
	// Lines are the processors that something is asked of.
	Lines map[string]*Line `json:"lines,omitempty"`
	// Notices are those seen lately, in order.
	Notices []SeenNotice `json:"notices,omitempty"`
	// Instant are the times of refunds that policy granted at once, by token.
	Instant map[string][]time.Time `json:"instant,omitempty"`
	// Calls are the alarms that nobody has acknowledged, oldest first.
	Calls []Call `json:"calls,omitempty"`
	// Days are the books since the last day that was closed.
	Days Days `json:"days,omitzero"`

	// The rest is derived; see index.
	waits   map[string]*queue // by processor
	queues  []string          // the processors of waits, in order
	clock   turn.Due          // sessions with a hold that lapses
	owners  map[string]string // movement keys and references to sessions
	noticed map[string]bool
	undone  map[string]bool // keys and references of captures and refunds that failed before anybody knew of them

	shelving []Shelved // not taken yet: see shelf.go
	scratch  []byte    // to encode one in
}

// ClosedSale is when a session closed.
type ClosedSale struct {
	Session string    `json:"session"`
	At      time.Time `json:"at"`
}

// SeenNotice is a notice that was taken in.
type SeenNotice struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Reference and Key name a capture or refund that nobody knew of and that failed.
	Reference string `json:"reference,omitempty"`
	Key       string `json:"key,omitempty"`
}

// Line is how a processor takes what is asked of it.
type Line struct {
	// Out counts the asks without an answer, Busy the answers in a row by which
	// it did nothing and wants to be asked later.
	Out  int `json:"out,omitempty"`
	Busy int `json:"busy,omitempty"`
}

// Payment is where one session's money stands.
type Payment struct {
	// Device is the processor that is asked: what it holds no other can move.
	Device string `json:"device,omitempty"`
	Token  string `json:"token"`
	// Holds are the session's holds. The first is the entry's.
	Holds []Hold `json:"holds"`
	// Asks counts those that were ever made.
	Asks int `json:"asks,omitempty"`
	// Unwanted says that nobody of the session came in: a hold that turns out to
	// stand is released.
	Unwanted bool `json:"unwanted,omitempty"`
	Frozen   bool `json:"frozen,omitempty"`
	// Offline is the most that is charged where the shopper was let in without a
	// hold; nil where they weren't.
	Offline *money.Amount `json:"offline,omitempty"`
	// Tender is how the visit is paid. House is the class of the store's own
	// accounts that it is posted to, and Allowance how much of it; nil for all.
	Tender    storedef.Tender `json:"tender,omitempty"`
	House     string          `json:"house,omitempty"`
	Allowance *money.Amount   `json:"allowance,omitempty"`
	// Owes is what earlier visits owe, which is asked for first.
	Owes *money.Amount `json:"owes,omitempty"`
	// Setbacks counts the times that what is owed could not be had, Renewals the
	// further holds that took the place of one that was no good.
	Setbacks int `json:"setbacks,omitempty"`
	Renewals int `json:"renewals,omitempty"`
	// Indebted says that what was owed is noted as a debt, Debt how much of it is
	// left.
	Indebted bool          `json:"indebted,omitempty"`
	Debt     *money.Amount `json:"debt,omitempty"`
	// PaidBy are the visits that paid what this one owed, Pays those of which this
	// one did.
	PaidBy  []DebtShare             `json:"paid_by,omitempty"`
	Pays    []DebtShare             `json:"pays,omitempty"`
	Alarms  []event.AlarmCode       `json:"alarms,omitempty"`
	Balance map[string]money.Amount `json:"balance"`
	// Receipt is the sale's receipt, kept once the session is closed.
	Receipt string `json:"receipt,omitempty"`
	// Sold is the receipt's newest version without its reasons. Attributes are
	// the credential's, and Released says that a member of staff saw that the
	// buyer is old enough.
	Sold       *event.Receipt `json:"sold,omitempty"`
	Attributes []string       `json:"attributes,omitempty"`
	Released   bool           `json:"released,omitempty"`
	// Refunds, Disputes and Chargebacks are in the order in which they began.
	Refunds     []Refund     `json:"refunds,omitempty"`
	Disputes    []Dispute    `json:"disputes,omitempty"`
	Chargebacks []Chargeback `json:"chargebacks,omitempty"`
}

// Hold is one hold: see machine.go.
type Hold struct {
	State event.PaymentState `json:"state"`
	For   event.HoldPurpose  `json:"for,omitempty"`
	// Check is what is looked up where that is not the movement under way.
	Check event.Operation `json:"check,omitempty"`
	// Key is that of the movement under way or last made, Began when it was
	// first wanted, First when it was first sent, zero before.
	Key   string    `json:"key,omitempty"`
	Began time.Time `json:"began,omitzero"`
	First time.Time `json:"first,omitzero"`
	// HoldKey and CaptureKey are those by which hold and capture are looked up.
	HoldKey    string `json:"hold_key,omitempty"`
	CaptureKey string `json:"capture_key,omitempty"`
	// Elsewhere is the key under which another host captured it, by a notice or as a look-up
	// found, TakenBack what a notice says that the issuer took back of that: see elsewhere.go.
	Elsewhere string `json:"elsewhere,omitempty"`
	// Sought says that a declined hold was due to be asked for again, and that what another
	// host may have captured in its place was looked for first.
	Sought    bool        `json:"sought,omitempty"`
	TakenBack *Chargeback `json:"taken_back,omitempty"`
	// Ordinals count the movements of each kind.
	Ordinals Ordinals `json:"ordinals,omitzero"`
	// Amount is what is held; Reference the hold's; Expires when it lapses.
	Amount    money.Amount `json:"amount"`
	Reference string       `json:"reference,omitempty"`
	HeldAt    time.Time    `json:"held_at,omitzero"`
	Expires   time.Time    `json:"expires,omitzero"`
	// Due is what the movement under way is asked to move.
	Due money.Amount `json:"due"`
	// Wanted is what a capture was last asked to take, Captured what was taken,
	// Capture its reference.
	Wanted     money.Amount  `json:"wanted"`
	Captured   *money.Amount `json:"captured,omitempty"`
	CapturedAt time.Time     `json:"captured_at,omitzero"`
	Capture    string        `json:"capture,omitempty"`
	Brand      string        `json:"brand,omitempty"`
	Last4      string        `json:"last4,omitempty"`
	// Attempt counts the asks of this key. RetryAt is when to ask next; zero
	// while an ask is out, whose ID is Out.
	Attempt int       `json:"attempt,omitempty"`
	RetryAt time.Time `json:"retry_at,omitzero"`
	Out     string    `json:"out,omitempty"`
	// Looking says that what is out is a look-up.
	Looking bool `json:"looking,omitempty"`
	// Sent is when the movement was last sent: from then on counts for how long
	// a request may be under way.
	Sent time.Time `json:"sent,omitzero"`
	// Sends counts how often it was sent under its key. Loose is when the last was
	// of those whose outcome is not known: it may be under way yet.
	Sends int       `json:"sends,omitempty"`
	Loose time.Time `json:"loose,omitzero"`
	// Told is when the last answer to the movement itself came: from then on the
	// processor's settling delay counts.
	Told time.Time `json:"told,omitzero"`
	// Contested says that a notice spoke against the capture, or the refund, under way: the ask
	// that was out then, or "-" for none. A call that says "done" from then on may
	// only repeat what it said before, and is looked up before it is believed.
	Contested string `json:"contested,omitempty"`
	// Reason is why it is where it is.
	Reason string `json:"reason,omitempty"`
	// Since is from when on it is not known what became of the movement, zero
	// while it is. Resolved is what staff said of one, nil for nothing.
	Since    time.Time   `json:"since,omitzero"`
	Resolved *Resolution `json:"resolved,omitempty"`
	// Doubtful says that the movement may have happened: look it up first.
	// Absent counts the look-ups that did not find it and prove something.
	Doubtful bool `json:"doubtful,omitempty"`
	Absent   int  `json:"absent,omitempty"`
	// NoRaise and NoOver say that the hold can't be raised, or not captured
	// above what is held.
	NoRaise bool `json:"no_raise,omitempty"`
	NoOver  bool `json:"no_over,omitempty"`
	// Warned says that its deadline has passed, Lapsed that its lapse was seen to.
	Warned bool `json:"warned,omitempty"`
	Lapsed bool `json:"lapsed,omitempty"`
}

// Ordinals count the movements of each kind of one hold.
type Ordinals struct {
	Authorize int `json:"authorize,omitempty"`
	Increase  int `json:"increase,omitempty"`
	Capture   int `json:"capture,omitempty"`
	Void      int `json:"void,omitempty"`
}

// New returns the state without payments.
func New() *State {
	s := &State{Payments: map[string]*Payment{}}
	s.Index()
	return s
}

// Index derives what is not encoded. It is called once a state was decoded.
func (s *State) Index() {
	s.queues = nil
	s.waits, s.owners, s.noticed, s.undone = map[string]*queue{}, map[string]string{}, map[string]bool{}, map[string]bool{}
	s.clock = turn.Due{}
	for _, all := range []map[string]*Payment{s.Payments, s.Sales} {
		for id, p := range all { //nolint:gocritic // fills maps, whose order is none
			s.own(id, p)
			s.wait(id, p)
		}
	}
	for i := range s.Notices {
		s.notes(&s.Notices[i])
	}
}

// notes makes a notice known as a repeat, and what it spoke of as undone.
func (s *State) notes(n *SeenNotice) {
	s.noticed[n.ID] = true
	for _, name := range [...]string{n.Reference, n.Key} {
		if name != "" {
			s.undone[name] = true
		}
	}
}

// payment finds a session's payment, open or closed.
func (s *State) payment(id string) *Payment {
	if p := s.Payments[id]; p != nil {
		return p
	}
	return s.Sales[id]
}

// own notes by which names a processor may speak of a session's money. It stands
// behind every change of names, with forgetNames before it: a name that is given
// up is nobody's any more, as it is once the state was encoded.
func (s *State) own(id string, p *Payment) {
	for _, name := range p.names() {
		s.owners[name] = id
	}
}

func (s *State) forgetNames(names []string) {
	for _, name := range names {
		delete(s.owners, name)
	}
}

// names are those of all holds and refunds.
func (p *Payment) names() []string {
	var out []string
	for i := range p.Holds {
		out = append(out, p.Holds[i].names()...)
	}
	for i := range p.Refunds {
		out = append(out, p.Refunds[i].names()...)
	}
	return out
}

// names are those of a refund but for its capture's, which may be another visit's.
func (r *Refund) names() []string {
	m := r.Moved
	m.Reference = ""
	return m.names()
}

// names are the keys and references by which a processor may speak of a hold.
func (h *Hold) names() []string {
	return slices.DeleteFunc([]string{h.Key, h.HoldKey, h.CaptureKey, h.Elsewhere, h.Reference, h.Capture}, func(n string) bool { return n == "" })
}

// Owed is what the shopper owes of the visit now.
func (p *Payment) owed() (money.Amount, bool) {
	a, ok := p.Balance[Receivable]
	return a, ok && a.Sign() > 0
}

// AtRest reports whether no money of the session moves any more and nothing is
// owed.
func (p *Payment) AtRest() bool {
	if _, owed := p.owed(); owed {
		return false
	}
	return p.Frozen && !slices.ContainsFunc(p.Holds, func(h Hold) bool { return !h.atRest() })
}

// atRest reports whether nothing is under way at a hold, or will be by itself.
func (h *Hold) atRest() bool {
	return (h.State == "" || h.State.Final()) && h.Check == "" && h.RetryAt.IsZero() && h.Out == ""
}

// atRestBut reports whether only a later try is left at a hold.
func (h *Hold) atRestBut() bool { return h.State.Final() && h.Check == "" && h.Out == "" }

// moving reports whether a hold of what is owed has yet to be found out about.
func (p *Payment) moving() bool {
	return slices.ContainsFunc(p.Holds, func(h Hold) bool {
		return h.For != event.HoldDebt && (h.Check != "" || h.State != "" && !h.State.Final())
	})
}

// Standing sums the holds up to the state that a receipt shows.
func (p *Payment) Standing() event.PaymentState {
	var captured, voided bool
	_, owed := p.owed()
	last := event.PaymentState("")
	for i := range p.Holds {
		h := &p.Holds[i]
		if h.For == event.HoldDebt || h.State == "" {
			continue
		}
		switch {
		case h.State.Final():
		case owed && p.Frozen && (i > 0 || h.State == event.PaymentVoiding): // another hold is asked for it
			return event.PaymentCapturing
		default:
			return h.State
		}
		if h.State == event.PaymentHouse {
			return event.PaymentHouse
		}
		captured = captured || h.Captured != nil && h.State == event.PaymentCaptured
		voided = voided || h.State == event.PaymentVoided
		last = h.State
	}
	switch {
	case p.Indebted:
		return event.PaymentFailed
	case captured && !owed:
		return event.PaymentCaptured
	case owed, !voided:
		return last
	}
	return event.PaymentVoided
}

// Captured is what was taken for the visit, nil for nothing. What was taken for
// a debt is not of it.
func (p *Payment) Captured() *money.Amount {
	var sum *money.Amount
	for i := range p.Holds {
		c := p.Holds[i].Captured
		if c == nil || p.Holds[i].For == event.HoldDebt {
			continue
		}
		total := *c
		if sum != nil {
			var err error
			total, err = sum.Add(*c)
			must(err)
		}
		sum = &total
	}
	return sum
}

// Instrument is what a receipt may show of what paid.
func (p *Payment) Instrument() (brand, last4 string) {
	for i := range p.Holds {
		if p.Holds[i].Brand != "" {
			return p.Holds[i].Brand, p.Holds[i].Last4
		}
	}
	return "", ""
}
