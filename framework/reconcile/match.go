package reconcile

import (
	"cmp"
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/sdk/money"
)

// Options say what is agreed with the processor. Zero durations are the
// defaults.
type Options struct {
	// AsOf is when the report was made: what is younger than Grace before it
	// (24 h) may be missing on either side, and is a note.
	AsOf  time.Time
	Grace time.Duration
	// Pending is for how long a movement may be pending (7 d), Settle for how
	// long one that is done may not be settled (10 d).
	Pending, Settle time.Duration
	// Skew is how far the two clocks may be apart (15 min).
	Skew time.Duration
	// Early is how long before it lapses a hold is to be at rest (24 h).
	Early time.Duration
	// FeePPM is the agreed rate of fees in parts per million, FeeFixed what is
	// added to it in minor units; both zero where nothing is agreed.
	FeePPM, FeeFixed int64
	// DayOf says which local date an instant is of.
	DayOf func(time.Time) string
	// From and Until bound what the report covers; zero for all.
	From, Until time.Time
}

func (o *Options) defaults() {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{{&o.Grace, 24 * time.Hour}, {&o.Pending, 7 * 24 * time.Hour}, {&o.Settle, 10 * 24 * time.Hour}, {&o.Skew, 15 * time.Minute}, {&o.Early, 24 * time.Hour}} {
		if *d.v == 0 {
			*d.v = d.def
		}
	}
	if o.DayOf == nil {
		o.DayOf = ledger.DayIn(time.UTC)
	}
}

// Matcher takes the rows of one report.
type Matcher struct {
	opt   Options
	moves *ledger.Movements
	res   Result

	byRef    map[string]*holding // of holds and of captures
	holds    map[*ledger.Hold]*holding
	order    []*holding
	refunds  map[*ledger.Refund]*rows
	refRef   map[string]*ledger.Refund
	cases    map[string]*event.ChargebackNoted
	caseSeen map[string]bool
	charged  map[charged]*event.ChargebackNoted
	ids      map[string]Row
	keys     map[typed]Row
	refs     map[typed]Row
	covers   map[Type]bool
	payouts  map[string]*payout
	paid     []string
	totals   map[total]*[2]int64 // booked, reported
}

type typed struct {
	kind Type
	name string
}

// charged is a chargeback by what it takes back: a processor may have several
// names for one.
type charged struct {
	reference string
	amount    money.Amount
}

type total struct {
	day      string
	currency money.Currency
}

type rows struct{ done, pending, failed []Row }

func (r *rows) add(v Row) {
	switch v.Status {
	case Succeeded:
		r.done = append(r.done, v)
	case Pending:
		r.pending = append(r.pending, v)
	case Failed:
		r.failed = append(r.failed, v)
	}
}

func (r *rows) none() bool { return len(r.done)+len(r.pending) == 0 }

// holding is a hold of the journal and its rows.
type holding struct {
	*ledger.Hold
	auth, capture, void rows
	refunded            map[money.Currency]int64
	back                Row // the last refund's
}

type payout struct {
	row  *Row
	sums map[money.Currency]int64
}

// New prepares a match against the store's movements.
func New(moves *ledger.Movements, o Options) *Matcher {
	o.defaults()
	m := &Matcher{opt: o, moves: moves, byRef: map[string]*holding{}, holds: map[*ledger.Hold]*holding{}, refunds: map[*ledger.Refund]*rows{},
		refRef: map[string]*ledger.Refund{}, cases: map[string]*event.ChargebackNoted{}, charged: map[charged]*event.ChargebackNoted{}, caseSeen: map[string]bool{}, ids: map[string]Row{},
		keys: map[typed]Row{}, refs: map[typed]Row{}, covers: map[Type]bool{}, payouts: map[string]*payout{}, totals: map[total]*[2]int64{}}
	for _, h := range moves.Holds() {
		x := &holding{Hold: h, refunded: map[money.Currency]int64{}}
		m.holds[h] = x
		m.order = append(m.order, x)
		for _, ref := range []string{h.Reference, h.Capture} {
			if ref != "" && m.byRef[ref] == nil {
				m.byRef[ref] = x
			}
		}
	}
	for _, r := range moves.Refunds() {
		m.refunds[r] = &rows{}
		if r.Reference != "" {
			m.refRef[r.Reference] = r
		}
	}
	for i := range moves.Chargebacks() {
		c := &moves.Chargebacks()[i]
		m.cases[c.ID] = c
		m.charged[charged{c.Reference, c.Amount}] = c
	}
	return m
}

func (m *Matcher) found(code Code, session string, v *Row, booked *money.Amount, day, detail string) {
	f := Finding{Code: code, Session: session, Booked: booked, Day: day, Detail: detail}
	if v != nil {
		amount := v.Amount
		f.Line, f.ID, f.Reference, f.Reported = v.Line, v.ID, v.Reference, &amount
	}
	m.res.Found = append(m.res.Found, f)
}

func (m *Matcher) note(code Code, session string, v *Row, booked *money.Amount, detail string) {
	f := Finding{Code: code, Session: session, Booked: booked, Detail: detail}
	if v != nil {
		amount := v.Amount
		f.Line, f.ID, f.Reference, f.Reported = v.Line, v.ID, v.Reference, &amount
	}
	m.res.Notes = append(m.res.Notes, f)
}

// Bad takes a row that can't be read.
func (m *Matcher) Bad(b Malformed) {
	m.res.Rows++
	m.res.Found = append(m.res.Found, Finding{Code: MalformedRow, Line: b.Line, Detail: b.Why})
}

// Row takes one row.
func (m *Matcher) Row(v Row) {
	m.res.Rows++
	line := v.Line
	if before, again := m.ids[v.ID]; again {
		v.Line = before.Line
		code := IDReused
		if same(v, before) {
			code = DuplicateRow
		}
		v.Line = line
		m.found(code, m.sessionOf(v), &v, nil, "", fmt.Sprintf("the first is on line %d", before.Line))
		return
	}
	m.ids[v.ID] = v
	m.covers[v.Type] = true
	m.itself(v)
	switch v.Type {
	case Authorization, Capture, Void:
		m.ofHold(v)
	case Refund:
		m.refund(v)
	case Chargeback:
		m.chargeback(v)
	case Fee, Payout, other:
	}
}

func same(a, b Row) bool {
	for _, p := range [][2]*money.Amount{{a.Fee, b.Fee}, {a.Net, b.Net}} {
		if (p[0] == nil) != (p[1] == nil) || p[0] != nil && *p[0] != *p[1] {
			return false
		}
	}
	a.Fee, a.Net, b.Fee, b.Net = nil, nil, nil, nil
	return a == b
}

// itself checks what a row says of itself.
func (m *Matcher) itself(v Row) {
	if v.Created.After(m.opt.AsOf.Add(m.opt.Skew)) {
		m.found(CreatedInFuture, m.sessionOf(v), &v, nil, "", "created "+stamp(v.Created))
	}
	if !v.Settled.IsZero() && v.Settled.Before(v.Created.Add(-m.opt.Skew)) {
		m.found(SettledBeforeCreated, m.sessionOf(v), &v, nil, "", "settled "+stamp(v.Settled))
	}
	if v.Status == Pending && m.opt.AsOf.Sub(v.Created) > m.opt.Pending {
		m.found(PendingTooLong, m.sessionOf(v), &v, nil, "", "since "+stamp(v.Created))
	}
	if v.Status != Succeeded {
		return
	}
	fee := int64(0)
	if v.Fee != nil {
		fee = v.Fee.Minor
		if fee < 0 || fee > m.highest(v) {
			m.found(FeeUnexpected, m.sessionOf(v), &v, v.Fee, "", "the fee is "+v.Fee.String())
		}
	}
	if v.Type == Fee && v.Parent != "" && m.byRef[v.Parent] == nil && m.refRef[v.Parent] == nil {
		m.found(FeeUnexpected, "", &v, nil, "", "it is for a movement that the store does not know")
	}
	if want := direction(v.Type)*v.Amount.Minor - fee; v.Net != nil && v.Net.Minor != want {
		m.found(NetMismatch, m.sessionOf(v), &v, v.Net, "", "the net should be "+money.New(want, v.Amount.Currency).String())
	}
	m.settlement(v)
	m.payout(v)
	if v.Key == "" || v.Type == Fee || v.Type == Payout {
		return
	}
	if before, ok := m.keys[typed{v.Type, v.Key}]; ok && before.Amount != v.Amount && before.Reference != v.Reference {
		m.found(KeyReused, m.sessionOf(v), &v, &before.Amount, "", fmt.Sprintf("the first is on line %d", before.Line))
	} else if !ok {
		m.keys[typed{v.Type, v.Key}] = v
	}
	if before, ok := m.refs[typed{v.Type, v.Reference}]; ok && v.Reference != "" && m.owner(before.Key) != m.owner(v.Key) {
		m.found(ReferenceReused, m.sessionOf(v), &v, &before.Amount, "", fmt.Sprintf("the first is on line %d", before.Line))
	} else if !ok {
		m.refs[typed{v.Type, v.Reference}] = v
	}
}

// owner is what a key was made for: several keys of one hold may move the same
// thing, as a raise does.
func (m *Matcher) owner(key string) any {
	switch _, h, r := m.moves.ByKey(key); {
	case h != nil:
		return h
	case r != nil:
		return r
	}
	return key
}

// highest is the most that a row's fee may be.
func (m *Matcher) highest(v Row) int64 {
	if m.opt.FeePPM > 0 || m.opt.FeeFixed > 0 {
		return v.Amount.Minor/1_000_000*m.opt.FeePPM + v.Amount.Minor%1_000_000*m.opt.FeePPM/1_000_000 + m.opt.FeeFixed + 1 // rounded up
	}
	if v.Type == Capture {
		return v.Amount.Minor
	}
	return 1 << 62
}

// direction is the way that money of a type goes: 1 to the store.
func direction(t Type) int64 {
	switch t {
	case Capture:
		return 1
	case Refund, Chargeback, Fee, Payout:
		return -1
	case Authorization, Void, other:
	}
	return 0
}

func (m *Matcher) settlement(v Row) {
	if v.Type != Capture && v.Type != Refund {
		return
	}
	switch {
	case !v.Settled.IsZero() && v.Settled.Sub(v.Created) > m.opt.Settle:
		m.found(LateSettlement, m.sessionOf(v), &v, nil, "", "settled "+stamp(v.Settled))
	case v.Settled.IsZero() && v.Net != nil && m.opt.AsOf.Sub(v.Created) > m.opt.Settle:
		m.found(LateSettlement, m.sessionOf(v), &v, nil, "", "created "+stamp(v.Created)+" and not settled")
	}
}

func (m *Matcher) payout(v Row) {
	name := v.Paid
	if v.Type == Payout {
		name = v.Reference
	}
	if name == "" {
		return
	}
	p := m.payouts[name]
	if p == nil {
		p = &payout{sums: map[money.Currency]int64{}}
		m.payouts[name] = p
		m.paid = append(m.paid, name)
	}
	switch {
	case v.Type == Payout:
		p.row = &v
	case v.Net != nil:
		p.sums[v.Amount.Currency] += v.Net.Minor
	}
}

func (m *Matcher) sessionOf(v Row) string {
	if h := m.hold(v); h != nil {
		return h.Session
	}
	if r := m.refundOf(v); r != nil {
		return r.Session
	}
	return ""
}

// hold finds the hold that a row is about: by key, by its own reference, or by
// its parent's.
func (m *Matcher) hold(v Row) *holding {
	if _, h, r := m.moves.ByKey(v.Key); v.Key != "" && h != nil {
		return m.holds[h]
	} else if r != nil {
		return m.captured(r)
	}
	if v.Type != Refund && v.Type != Chargeback {
		if h := m.byRef[v.Reference]; v.Reference != "" && h != nil {
			return h
		}
	}
	if v.Parent == "" {
		return nil
	}
	return m.byRef[v.Parent]
}

func (m *Matcher) captured(r *ledger.Refund) *holding {
	for _, h := range m.moves.Of(cmp.Or(r.Paid, r.Session)) {
		if h.Number == r.Hold {
			return m.holds[h]
		}
	}
	return nil
}

func (m *Matcher) refundOf(v Row) *ledger.Refund {
	if _, _, r := m.moves.ByKey(v.Key); v.Key != "" && r != nil {
		return r
	}
	if v.Type != Refund || v.Reference == "" {
		return nil
	}
	return m.refRef[v.Reference]
}

func (m *Matcher) ofHold(v Row) {
	h := m.hold(v)
	if h == nil {
		if v.Status != Succeeded {
			return // nothing moved
		}
		code := SessionUnknown
		if v.Type == Capture {
			code = CaptureOnUnknownHold
			m.count(v, 1)
		}
		m.found(code, "", &v, nil, "", "")
		return
	}
	switch v.Type {
	case Authorization:
		h.auth.add(v)
	case Capture:
		h.capture.add(v)
	case Void:
		h.void.add(v)
	case Refund, Chargeback, Fee, Payout, other:
	}
}

func (m *Matcher) refund(v Row) {
	h := m.hold(v)
	if v.Status == Succeeded && h != nil {
		h.refunded[v.Amount.Currency] += v.Amount.Minor
		h.back = v
	}
	r := m.refundOf(v)
	if r != nil {
		m.refunds[r].add(v)
		return
	}
	if v.Status == Succeeded {
		m.count(v, -1)
		m.found(RefundUnknown, m.sessionOf(v), &v, nil, "", "")
	}
}

func (m *Matcher) chargeback(v Row) {
	if v.Status != Succeeded && v.Status != Pending {
		return
	}
	c := m.cases[cmp.Or(v.Reference, v.ID)]
	if other := m.charged[charged{v.Parent, v.Amount}]; c == nil && v.Parent != "" && other != nil && !m.caseSeen[other.ID] {
		c = other // told of by another name
	}
	switch {
	case c == nil && m.young(v.Created):
		m.note(ChargebackUnbooked, m.sessionOf(v), &v, nil, "it is new")
	case c == nil:
		m.found(ChargebackUnbooked, m.sessionOf(v), &v, nil, "", "")
	case c.Amount.Currency != v.Amount.Currency:
		m.found(CurrencyDiffers, c.Session, &v, &c.Amount, "", "")
	case c.Amount != v.Amount:
		m.found(ChargebackDiffers, c.Session, &v, &c.Amount, "", "")
	default:
		m.res.Matched++
	}
	if c != nil {
		m.caseSeen[c.ID] = true
	}
}

func (m *Matcher) young(at time.Time) bool { return m.opt.AsOf.Sub(at) <= m.opt.Grace }

// covered reports whether the report says what happened at an instant.
func (m *Matcher) covered(at time.Time) bool {
	return (m.opt.From.IsZero() || !at.Before(m.opt.From.Add(m.opt.Skew))) && (m.opt.Until.IsZero() || at.Before(m.opt.Until.Add(-m.opt.Skew)))
}

// count adds a row to the total of its day that nothing is booked for.
func (m *Matcher) count(v Row, sign int64) {
	m.at(m.opt.DayOf(v.Created), v.Amount.Currency)[1] += sign * v.Amount.Minor
}

func (m *Matcher) at(day string, cur money.Currency) *[2]int64 {
	k := total{day, cur}
	if m.totals[k] == nil {
		m.totals[k] = &[2]int64{}
	}
	return m.totals[k]
}
