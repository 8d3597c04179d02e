// Package ledger keeps a store's books: it folds the facts of the journal into
// accounts by session and by business day, and says what does not add up.
//
// It reads nothing, writes nothing and decides nothing; who calls hands it the
// records in order and says which day an instant is of, for a pure room loads no
// zones. The books of two folds of one journal are equal. The aisle command
// prints them, and framework/reconcile holds them against the processor's own
// report.
//
// What it checks (Faults): each posting adds up to zero in each currency (M7),
// so does each session when it closes, and by then the shopper owes nothing;
// what was posted to clearing is what was captured less what went back, by
// session, day and currency, and a receipt's total is what was sold (M14); a day
// is closed once, and with the sums of its postings.
package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// The accounts that the checks look at; settlement names them all.
const (
	receivable = "receivable"
	clearing   = "clearing"
	chargeback = "chargeback"
	revenue    = "revenue"
	// HousePrefix begins the accounts of a store's own: badges, meal plans.
	HousePrefix = "house:"
)

// Place is where a sum stands.
type Place struct {
	Day      string         `json:"day"`
	Session  string         `json:"session"`
	Account  string         `json:"account"`
	Currency money.Currency `json:"currency"`
}

func (p Place) compare(q Place) int {
	return cmp.Or(strings.Compare(p.Day, q.Day), strings.Compare(p.Session, q.Session), strings.Compare(p.Account, q.Account),
		strings.Compare(string(p.Currency), string(q.Currency)))
}

// sum is what was posted at a place: debits and credits, both positive.
type sum struct{ debit, credit money.Amount }

// Books are the accounts of a store.
type Books struct {
	dayOf func(time.Time) string
	today string // of the newest record; it never goes back

	sums     map[Place]*sum
	sessions map[string]*session
	order    []string // sessions, first seen first
	faults   []Fault
	alarms   []event.Alarmed
	debts    map[string]*Item // what is owed, by session

	closed   string // the last day that was closed
	until    time.Time
	closings []event.DayClosed
	since    []dated // postings that no closed day has
	ended    []time.Time

	house     []charged
	houseKeys map[string]bool

	moves Movements
}

type dated struct {
	at      time.Time
	entries []event.Posting
}

// session is what the checks must know of one.
type session struct {
	opened, closed time.Time
	house          string // the class of the store's own accounts that it is posted to
	receipt        *money.Amount
	version        int
	// moved is what was captured less refunded, by day and currency, as the
	// movements say.
	moved map[dayCurrency]int64
	held  map[int]money.Amount // captured of each hold
	given map[string]money.Amount
	sold  map[money.Currency]int64
	at    []Place // where something was posted
}

type dayCurrency struct {
	day      string
	currency money.Currency
}

// New returns empty books. DayOf says which local date of the store an instant
// is of, as 2006-01-02; see DayIn.
func New(dayOf func(time.Time) string) *Books {
	return &Books{dayOf: dayOf, sums: map[Place]*sum{}, sessions: map[string]*session{}, debts: map[string]*Item{}, houseKeys: map[string]bool{}, moves: newMovements()}
}

// Apply folds a record. Records come in the order of the journal.
func (b *Books) Apply(r event.Record) {
	for _, f := range r.Facts {
		b.fact(f)
	}
}

func (b *Books) fact(f event.Fact) {
	b.moves.apply(f)
	switch f := f.(type) {
	case event.SessionOpened:
		if s := b.session(f.Session); !f.Staff { // staff have no money
			s.opened, s.house = f.At, f.House
		}
	case event.Posted:
		b.posted(f)
	case event.PaymentMoved:
		b.captured(f)
	case event.RefundMoved:
		b.refunded(f)
	case event.HousePosted:
		b.charge(f)
	case event.ReceiptIssued:
		s, total := b.session(f.Receipt.Session), f.Receipt.Total
		for _, back := range f.Receipt.Refunds { // the total is without it, what is booked as sold is not
			if sum, err := total.Add(back.Amount); err == nil {
				total = sum
			}
		}
		if f.Receipt.Version >= s.version {
			s.version, s.receipt = f.Receipt.Version, &total
		}
	case event.DebtNoted:
		b.debts[f.Session] = &Item{Kind: ItemDebt, Session: f.Session, Amount: f.Amount, Since: f.At, Why: f.Reason}
	case event.DebtCleared:
		if d := b.debts[f.Session]; d != nil {
			if left, err := d.Amount.Sub(f.Amount); err == nil {
				d.Amount = left
			}
			if d.Amount.Sign() <= 0 {
				delete(b.debts, f.Session)
			}
		}
	case event.Alarmed:
		b.alarms = append(b.alarms, f)
	case event.SessionClosed:
		b.closeSession(f)
	case event.DayClosed:
		b.closeDay(f)
	default: // says nothing of money
	}
}

func (b *Books) session(id string) *session {
	s := b.sessions[id]
	if s == nil {
		s = &session{moved: map[dayCurrency]int64{}, held: map[int]money.Amount{}, given: map[string]money.Amount{}, sold: map[money.Currency]int64{}}
		b.sessions[id] = s
		b.order = append(b.order, id)
	}
	return s
}

// day is the business day that something is booked to: the local date, or the
// day after the last that is closed.
func (b *Books) day(at time.Time) string {
	day := max(b.dayOf(at), b.today)
	if b.closed != "" && day <= b.closed {
		day = Next(b.closed)
	}
	b.today = day
	return day
}

func (b *Books) posted(f event.Posted) {
	day := b.day(f.At)
	if off := balance(f.Entries); off != "" {
		b.fault(FaultPosting, f.Session, day, "a posting does not add up to zero: "+off)
	}
	b.sold(f)
	b.since = append(b.since, dated{f.At, f.Entries})
	for _, e := range f.Entries {
		at := Place{day, f.Session, e.Account, e.Amount.Currency}
		s := b.sums[at]
		if s == nil {
			s = &sum{money.Zero(e.Amount.Currency), money.Zero(e.Amount.Currency)}
			b.sums[at] = s
			b.session(f.Session).at = append(b.session(f.Session).at, at)
		}
		var err error
		if e.Amount.Sign() >= 0 {
			s.debit, err = s.debit.Add(e.Amount)
		} else {
			s.credit, err = s.credit.Sub(e.Amount)
		}
		if err != nil {
			b.fault(FaultOverflow, f.Session, day, "account "+e.Account+": "+err.Error())
		}
	}
}

// sold counts what a posting books as sold: what the shopper owes against
// revenue.
func (b *Books) sold(f event.Posted) {
	sale := slices.ContainsFunc(f.Entries, func(e event.Posting) bool { return e.Account == revenue })
	for _, e := range f.Entries {
		if sale && (e.Account == receivable || strings.HasPrefix(e.Account, HousePrefix)) {
			b.session(f.Session).sold[e.Amount.Currency] += e.Amount.Minor
		}
	}
}

// captured folds what a movement took of a hold, or what turned out untaken.
func (b *Books) captured(f event.PaymentMoved) {
	s := b.session(f.Session)
	if f.State == event.PaymentHouse {
		return // posted to the store's own account: see house.go
	}
	n := max(1, f.Hold)
	before, had := s.held[n]
	if had && (f.State == event.PaymentFailed || f.Captured != nil) {
		b.move(f.Session, f.At, before, -1)
		delete(s.held, n)
	}
	if f.Captured != nil {
		b.move(f.Session, f.At, *f.Captured, 1)
		s.held[n] = *f.Captured
	}
}

// refunded folds what was given back, or what the processor took back of that.
func (b *Books) refunded(f event.RefundMoved) {
	s := b.session(f.Session)
	given, had := s.given[f.Refund]
	switch {
	case s.house != "", f.Kind == event.RefundOfDebt: // nothing went by clearing
	case f.Undone && had:
		b.move(f.Session, f.At, given, 1)
		delete(s.given, f.Refund)
	case f.State == event.RefundRefunded && !f.Undone && !had:
		b.move(f.Session, f.At, f.Amount, -1)
		s.given[f.Refund] = f.Amount
	}
}

func (b *Books) move(id string, at time.Time, a money.Amount, sign int64) {
	b.session(id).moved[dayCurrency{b.day(at), a.Currency}] += sign * a.Minor
}

func (b *Books) closeSession(f event.SessionClosed) {
	s := b.session(f.Session)
	s.closed = f.At
	b.ended = append(b.ended, f.At)
	totals, owed := map[money.Currency]int64{}, map[money.Currency]int64{}
	for _, l := range b.ofSession(f.Session) {
		totals[l.Currency] += l.Balance
		if l.Account == receivable {
			owed[l.Currency] += l.Balance
		}
	}
	for _, cur := range currencies(totals) {
		if totals[cur] != 0 {
			b.fault(FaultSession, f.Session, b.day(f.At), "it closed and does not add up to zero: "+money.New(totals[cur], cur).String())
		}
		if owed[cur] != 0 {
			b.fault(FaultOwed, f.Session, b.day(f.At), "it closed and its shopper owes "+money.New(owed[cur], cur).String())
		}
	}
}

// balance says by how much entries are off zero; empty where they aren't.
func balance(entries []event.Posting) string {
	totals := map[money.Currency]money.Amount{}
	for _, e := range entries {
		t, ok := totals[e.Amount.Currency]
		if !ok {
			t = money.Zero(e.Amount.Currency)
		}
		var err error
		if t, err = t.Add(e.Amount); err != nil {
			return err.Error()
		}
		totals[e.Amount.Currency] = t
	}
	for _, cur := range currencies(totals) {
		if !totals[cur].IsZero() {
			return totals[cur].String()
		}
	}
	return ""
}

func currencies[V any](m map[money.Currency]V) []money.Currency {
	all := make([]money.Currency, 0, len(m))
	for c := range m {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}
