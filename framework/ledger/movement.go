package ledger

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Movements are what the store asked of its processors and what it booked of it.
type Movements struct {
	holds   []*Hold
	refunds []*Refund
	charged []event.ChargebackNoted
	asked   map[string]*asked // by key

	byHold   map[holdName]*Hold
	of       map[string][]*Hold // by session
	byRefund map[refundName]*Refund
	cases    map[string]bool // chargebacks by id
	house    map[string]bool // visits that are posted to the store's own accounts
}

type holdName struct {
	session string
	n       int
}

type refundName struct{ session, refund string }

// Deed is which movement of a hold or a refund a key or a reference is of.
type Deed string

// The deeds.
const (
	DeedHold    Deed = "authorization"
	DeedCapture Deed = "capture"
	DeedVoid    Deed = "void"
	DeedRefund  Deed = "refund"
)

// asked is what a key was made for.
type asked struct {
	deed   Deed
	hold   *Hold
	refund *Refund
}

// Hold is one hold of a session, and what was captured of it.
type Hold struct {
	Session string
	// Number is 1 for the entry's.
	Number int
	For    event.HoldPurpose
	State  event.PaymentState
	At     time.Time // of its state
	// Held is what it stands at, Was every amount it ever stood at; HeldAt is
	// when it was first confirmed.
	Held      money.Amount
	Was       []money.Amount
	Reference string
	HeldAt    time.Time
	Expires   time.Time
	// Captured is what is booked as taken, nil for nothing; Capture is its
	// reference.
	Captured   *money.Amount
	Capture    string
	CapturedAt time.Time
	VoidedAt   time.Time
}

// Refund is one refund of a session.
type Refund struct {
	Session, Name string
	State         event.RefundState
	Amount        money.Amount
	Reference     string
	At, Done      time.Time
	// Hold is whose capture is given back, by its number; Paid the visit whose hold
	// it is where that paid what this one owed.
	Hold int
	Paid string
}

func newMovements() Movements {
	return Movements{asked: map[string]*asked{}, byHold: map[holdName]*Hold{}, of: map[string][]*Hold{}, byRefund: map[refundName]*Refund{}, cases: map[string]bool{}, house: map[string]bool{}}
}

// Holds are all holds, first seen first.
func (m *Movements) Holds() []*Hold { return m.holds }

// Of are the holds of a session.
func (m *Movements) Of(session string) []*Hold { return m.of[session] }

// Refunds are all refunds, first seen first.
func (m *Movements) Refunds() []*Refund { return m.refunds }

// Chargebacks are those that were noted.
func (m *Movements) Chargebacks() []event.ChargebackNoted { return m.charged }

// ByKey finds what an idempotency key was made for: a hold or a refund, and
// which movement of it. Both are nil for a key that is not the store's.
func (m *Movements) ByKey(key string) (Deed, *Hold, *Refund) {
	if a := m.asked[key]; a != nil {
		return a.deed, a.hold, a.refund
	}
	return "", nil, nil
}

func (m *Movements) apply(f event.Fact) {
	switch f := f.(type) {
	case event.PaymentMoved:
		m.hold(f)
	case event.RefundMoved:
		m.refunded(f)
	case event.ChargebackNoted:
		if !m.cases[f.ID] {
			m.cases[f.ID] = true
			m.charged = append(m.charged, f)
		}
	default:
	}
}

//nolint:gocyclo // one field of the fact after another
func (m *Movements) hold(f event.PaymentMoved) {
	if f.State == event.PaymentHouse {
		m.house[f.Session] = true // no processor has a part in it
		return
	}
	name := holdName{f.Session, max(1, f.Hold)}
	h := m.byHold[name]
	if h == nil {
		h = &Hold{Session: f.Session, Number: name.n, For: f.For}
		m.byHold[name] = h
		m.holds = append(m.holds, h)
		m.of[f.Session] = append(m.of[f.Session], h)
	}
	if deed := deedOf(f.State); f.Key != "" && deed != "" && m.asked[f.Key] == nil {
		m.asked[f.Key] = &asked{deed: deed, hold: h}
	}
	if f.State != h.State {
		h.At = f.At
	}
	h.State = f.State
	if f.Held != nil {
		h.Held = *f.Held
		h.Was = append(h.Was, *f.Held)
		if h.HeldAt.IsZero() {
			h.HeldAt = f.At
		}
		if f.Reference != "" {
			h.Reference = f.Reference
		}
	}
	if f.Expires != nil {
		h.Expires = *f.Expires
	}
	switch {
	case f.Captured != nil:
		taken := *f.Captured
		h.Captured, h.CapturedAt = &taken, f.At
		if f.Reference != "" {
			h.Capture = f.Reference
		}
	case f.State == event.PaymentFailed:
		h.Captured = nil
	case f.State == event.PaymentVoided && h.VoidedAt.IsZero():
		h.VoidedAt = f.At
	}
}

// deedOf is the movement that a key is for while a hold is in a state. A key that
// is still there in a later state is known by then.
func deedOf(s event.PaymentState) Deed {
	switch s {
	case event.PaymentAuthorizing, event.PaymentIncreasing:
		return DeedHold
	case event.PaymentCapturing:
		return DeedCapture
	case event.PaymentVoiding:
		return DeedVoid
	case event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed,
		event.PaymentExpired, event.PaymentHouse:
	}
	return ""
}

func (m *Movements) refunded(f event.RefundMoved) {
	if m.house[f.Session] || f.Kind == event.RefundOfDebt { // no processor has a part in it
		return
	}
	name := refundName{f.Session, f.Refund}
	r := m.byRefund[name]
	if r == nil {
		r = &Refund{Session: f.Session, Name: f.Refund}
		m.byRefund[name] = r
		m.refunds = append(m.refunds, r)
	}
	if f.Key != "" && m.asked[f.Key] == nil {
		m.asked[f.Key] = &asked{deed: DeedRefund, refund: r}
	}
	r.State, r.Amount, r.At, r.Hold, r.Paid = f.State, f.Amount, f.At, max(1, f.Hold), f.Paid
	if f.Reference != "" {
		r.Reference = f.Reference
	}
	if f.State == event.RefundRefunded && r.Done.IsZero() {
		r.Done = f.At
	}
}
