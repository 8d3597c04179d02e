package view

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// keptOrders is of how many orders it is known what came of them.
const keptOrders = 4096

// Result is what came of an order that has an id.
type Result struct {
	// Seq is the record that has it.
	Seq uint64 `json:"seq"`
	// Refused says why nothing was done; empty where something was.
	Refused string `json:"refused,omitempty"`
}

// Review is a receipt with lines that wait for staff.
type Review struct {
	Receipt string `json:"-"` // an address that only its shopper holds
	Session string `json:"session"`
	Number  int    `json:"number"`
	// Pending are the lines, each with its deadline and its reasons; Titles are
	// what they are called, empty for what can't be told.
	Pending []event.PendingLine `json:"pending"`
	Titles  []string            `json:"titles"`
}

// Dispute is lines that a shopper does not agree with.
type Dispute struct {
	ID      string          `json:"id"`
	Receipt string          `json:"-"` // an address that only its shopper holds
	Session string          `json:"session"`
	Number  int             `json:"number"`
	Lines   []event.LineRef `json:"lines"`
	Reason  string          `json:"reason"`
	By      string          `json:"by"`
	At      time.Time       `json:"at"`
	// Until is when it is to be decided.
	Until time.Time `json:"until"`
	// Decided is how it ended; nil while it is open.
	Decided *Decided `json:"decided,omitempty"`
}

// Decided is how a dispute ended.
type Decided struct {
	Granted bool      `json:"granted"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// Debt is what a visit owes.
type Debt struct {
	Session string       `json:"session"`
	Receipt string       `json:"-"` // an address that only its shopper holds
	Number  int          `json:"number"`
	Amount  money.Amount `json:"amount"`
	Reason  string       `json:"reason"`
	At      time.Time    `json:"at"`
}

// Refund is money that goes back, or went.
type Refund struct {
	ID      string            `json:"id"`
	Session string            `json:"session"`
	State   event.RefundState `json:"state"`
	Amount  money.Amount      `json:"amount"`
	Lines   []event.LineRef   `json:"lines,omitempty"`
	Reason  string            `json:"reason"`
	Actor   string            `json:"actor"`
	Message string            `json:"message,omitempty"`
	// Owed says that the processor undid it.
	Owed bool      `json:"owed,omitempty"`
	At   time.Time `json:"at"`
}

// KeptAlarms is how many of the newest alarms are known.
const KeptAlarms = 200

// Alarm is what a person must look at.
type Alarm struct {
	// ID names it, for whoever acknowledges it.
	ID      string          `json:"id"`
	Session string          `json:"session,omitempty"`
	Receipt string          `json:"-"` // an address that only its shopper holds
	Number  int             `json:"number,omitempty"`
	Code    event.AlarmCode `json:"code"`
	Message string          `json:"message"`
	// Movement is the key of the movement of which staff can say what became of it;
	// empty for none, and once somebody has.
	Movement string    `json:"movement,omitempty"`
	At       time.Time `json:"at"`
	// Seen is who acknowledged it; nil for nobody.
	Seen *Seen `json:"seen,omitempty"`
}

// Seen is who acknowledged an alarm, and what they said of it.
type Seen struct {
	Actor  string    `json:"actor"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// DecideWithin is how long staff have to decide a dispute.
const DecideWithin = 72 * time.Hour

// after is what comes after the sale.
type after struct {
	results  map[string]Result
	order    []string // ids of results, oldest first
	opened   int
	pending  map[string]*Review
	disputes []Dispute
	debts    []Debt
	refunds  map[string][]Refund // by session
	alarms   []Alarm
	// enrolments are in the order they were started.
	enrolments []Enrolment
	stories    stories
	pinned     string // a session whose story is never let go
}

func newAfter() after {
	return after{results: map[string]Result{},
		pending: map[string]*Review{}, refunds: map[string][]Refund{}, stories: newStories()}
}

// foldAfter folds a record once its facts are.
func (m *Model) foldAfter(r event.Record) {
	a := &m.after
	if o, ok := r.Input.(event.StaffOrder); ok && o.ID != "" {
		res := Result{Seq: r.Seq}
		for _, f := range r.Facts {
			if x, ok := f.(event.Ignored); ok && x.What == o.ID {
				res.Refused = x.Reason
			}
		}
		if _, known := a.results[o.ID]; !known {
			a.order = append(a.order, o.ID)
		}
		a.results[o.ID] = res
		if len(a.order) > keptOrders {
			delete(a.results, a.order[0])
			a.order = a.order[1:]
		}
	}
	for _, f := range r.Facts {
		a.fold(&m.past, f)
	}
	a.stories.fold(r, m.title)
	for _, f := range r.Facts {
		if f, ok := f.(event.SessionClosed); ok && m.past.receipt(f.Session) == "" {
			m.forget(f.Session)
		}
	}
}

// forget lets the story of a visit go: it has no receipt, or one that is not held
// any more.
func (m *Model) forget(session string) {
	if session != m.after.pinned {
		delete(m.after.stories.of, session)
	}
}

func (a *after) fold(p *past, f event.Fact) {
	switch f := f.(type) {
	case event.SessionOpened:
		a.opened++
		p.opened(f.Session).Number = a.opened
	case event.ReceiptIssued:
		a.foldReceipt(p, &f.Receipt)
	case event.DisputeOpened:
		a.disputes = append(a.disputes, Dispute{ID: f.Dispute, Receipt: p.receipt(f.Session), Session: f.Session, Number: p.number(f.Session),
			Lines: f.Lines, Reason: f.Reason, By: f.By, At: f.At, Until: f.At.Add(DecideWithin)})
	case event.DisputeDecided:
		for i := range a.disputes {
			if d := &a.disputes[i]; d.ID == f.Dispute && d.Session == f.Session {
				d.Decided = &Decided{Granted: f.Granted, Actor: f.Actor, Reason: f.Reason, At: f.At}
			}
		}
	case event.DebtNoted:
		a.debts = append(a.debts, Debt{Session: f.Session, Receipt: p.receipt(f.Session), Number: p.number(f.Session), Amount: f.Amount, Reason: f.Reason, At: f.At})
	case event.DebtCleared:
		for i := range a.debts {
			if d := &a.debts[i]; d.Session == f.Session {
				d.Amount.Minor -= min(f.Amount.Minor, d.Amount.Minor)
			}
		}
		a.debts = slices.DeleteFunc(a.debts, func(d Debt) bool { return d.Amount.Sign() <= 0 })
	case event.RefundMoved:
		a.foldRefund(f)
	case event.Alarmed:
		a.alarms = append(a.alarms, Alarm{ID: f.ID(), Movement: f.Movement, Session: f.Session, Receipt: p.receipt(f.Session), Number: p.number(f.Session), Code: f.Code, Message: f.Message, At: f.At})
		a.alarms = a.alarms[max(0, len(a.alarms)-KeptAlarms):]
	case event.AlarmAcknowledged:
		for i := range a.alarms {
			if a.alarms[i].ID == f.Alarm {
				a.alarms[i].Seen = &Seen{Actor: f.Actor, Reason: f.Reason, At: f.At}
			}
		}
	case event.MovementResolved:
		for i := range a.alarms {
			if a.alarms[i].Movement == f.Movement {
				a.alarms[i].Movement = ""
			}
		}
	default:
		a.foldEnrolment(f)
	}
}

func (a *after) foldReceipt(p *past, r *event.Receipt) {
	p.changed(r.Session).Receipt = r.ID
	if len(r.Pending) == 0 {
		delete(a.pending, r.Session)
		return
	}
	a.pending[r.Session] = &Review{Receipt: r.ID, Session: r.Session, Number: p.number(r.Session), Pending: r.Pending}
}

func (a *after) foldRefund(f event.RefundMoved) {
	list := a.refunds[f.Session]
	i := slices.IndexFunc(list, func(r Refund) bool { return r.ID == f.Refund })
	if i < 0 {
		list = append(list, Refund{ID: f.Refund, Session: f.Session, Lines: f.Lines, Reason: f.Reason, Actor: f.Actor})
		i = len(list) - 1
	}
	r := &list[i]
	r.State, r.Amount, r.Message, r.At = f.State, f.Amount, f.Message, f.At
	r.Owed = f.Undone || r.Owed && f.State != event.RefundRefunded
	a.refunds[f.Session] = list
}

// Result is what came of the newest order of an id.
func (v *View) Result(id string) (Result, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r, ok := v.model.after.results[id]
	return r, ok
}

// Reviews are the receipts with lines that wait for staff, the one whose time
// is over first before all.
func (v *View) Reviews() []Review {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := []Review{}
	for _, r := range v.model.after.pending {
		named := *r
		named.Titles = make([]string, len(r.Pending))
		for i := range r.Pending {
			if g := r.Pending[i].GTIN; g != "" {
				named.Titles[i] = v.model.title(g)
			}
		}
		out = append(out, named)
	}
	slices.SortFunc(out, func(x, y Review) int { return cmp.Or(x.until().Compare(y.until()), cmp.Compare(x.Session, y.Session)) })
	return out
}

// until is when the first of its lines is decided for the shopper.
func (r *Review) until() time.Time {
	var at time.Time
	for i := range r.Pending {
		if u := r.Pending[i].Until; u != nil && (at.IsZero() || u.Before(at)) {
			at = *u
		}
	}
	return at
}

// Disputes are all disputes, oldest first.
func (v *View) Disputes() []Dispute {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Dispute{}, v.model.after.disputes...)
}

// Alarms are the newest alarms, newest first.
func (v *View) Alarms() []Alarm {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := append([]Alarm{}, v.model.after.alarms...)
	slices.Reverse(out)
	return out
}

// DisputesOf are those of a visit, oldest first.
func (v *View) DisputesOf(session string) []Dispute {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := []Dispute{}
	for i := range v.model.after.disputes {
		if d := &v.model.after.disputes[i]; d.Session == session {
			out = append(out, *d)
		}
	}
	return out
}

// Debts are what visits owe, oldest first.
func (v *View) Debts() []Debt {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Debt{}, v.model.after.debts...)
}

// Refunds are those of a session, oldest first.
func (v *View) Refunds(session string) []Refund {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]Refund{}, v.model.after.refunds[session]...)
}

// AllRefunds are those of all visits, oldest first.
func (v *View) AllRefunds() []Refund {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := []Refund{}
	for _, list := range v.model.after.refunds {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(x, y Refund) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Session, y.Session), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// SessionOf is the visit of a receipt.
func (v *View) SessionOf(receipt string) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.model.past.place(receipt)
	if p == nil {
		return "", false
	}
	return p.Session, true
}

// Known reports whether a visit has a receipt or is open.
func (v *View) Known(session string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.model.past.receipt(session) != "" || v.model.sessions[session] != nil
}

// Reasoned gives each version the reasons that an earlier one stated of the same
// line: a version of a session that is closed does not state them again.
func Reasoned(versions []Version) []Version {
	why := map[string][]event.Why{}
	out := slices.Clone(versions)
	for i := range out {
		r := &out[i].Receipt
		r.Lines, r.Pending, r.Dropped = slices.Clone(r.Lines), slices.Clone(r.Pending), slices.Clone(r.Dropped)
		each := func(id string, w *[]event.Why) {
			if len(*w) > 0 {
				why[id] = *w
			} else if known := why[id]; id != "" && known != nil {
				*w = known
			}
		}
		for k := range r.Lines {
			each(r.Lines[k].ID, &r.Lines[k].Why)
		}
		for _, list := range [][]event.PendingLine{r.Pending, r.Dropped} {
			for k := range list {
				each(list[k].ID, &list[k].Why)
			}
		}
	}
	return out
}
