package settlement

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

// deal is one turn of the machine of one hold.
type deal struct {
	s   *State
	t   *turn.Turn
	who *entry.State
	id  string
	p   *Payment
	n   int               // the hold's place
	by  event.HoldPurpose // of a hold that is not there yet
	// under is the key of another host's capture that is to be looked up: see seek.
	under string
}

func (d deal) hold() *Hold {
	if d.n >= len(d.p.Holds) { // its first fact makes it
		return &Hold{For: d.by}
	}
	return &d.p.Holds[d.n]
}

// at returns the deal of another hold of the session.
func (d deal) at(n int) deal {
	d.n = n
	return d
}

// answered moves a hold on by what became of its movement.
func (d deal) answered(a event.Answer) {
	m := matter{p: d.p, h: d.hold(), caps: d.p.caps(d.t), ask: d.t.Ask, a: a, at: d.t.At, undone: d.s.undone[a.Reference]}
	if !d.move(m.judge(), a, d.hold().Due) {
		d.t.Emit(event.Ignored{What: a.ID, Reason: "the movement is over"})
	}
}

// token is that of a closed session, whom nobody else knows any more.
func (d deal) token() string {
	if d.s.Payments[d.id] == nil {
		return d.p.Token
	}
	return ""
}

// want moves a hold on by what policy or time wants of it.
func (d deal) want(w What, due money.Amount, reason string) bool {
	return d.move(w, event.Answer{Message: reason}, due)
}

// move makes one transition of a hold, and reports whether there is one. Due is
// what a movement that begins is to move.
func (d deal) move(w What, a event.Answer, due money.Amount) bool {
	h := d.hold()
	row := transition(h.phase(), w)
	if row == nil {
		return false
	}
	m := event.PaymentMoved{Session: d.id, Hold: d.n + 1, For: h.For, Key: h.Key, Reason: reason(a), At: d.t.At}
	if d.n == 0 {
		m.Hold = 0
	}
	m.Token = d.token()
	if w == Other || w == OtherSure {
		m.Reason = "the processor says another amount than it was asked for"
	}
	if w == Contested {
		m.Reason = "a notice says that it failed"
	}
	m.State, m.Check = row.To.split()
	for _, deed := range row.Deeds {
		d.draft(deed, w, a, due, &m)
	}
	ready := m.RetryAt != nil || !asks(row.Deeds)
	if !ready && !d.s.free(d.t, d.who, d.p) {
		at := d.t.At
		m.RetryAt = &at
		m.Reason = cmp.Or(m.Reason, "waits for "+d.p.device(d.t)+d.s.cause(d.t, d.who, d.p))
		ready = true
	}
	taken, besides := d.hold().Captured, d.besides(w, row, m)
	d.t.Emit(m)
	for _, deed := range row.Deeds {
		d.after(deed, m, taken)
	}
	if w != SaidYes && w != SaidNo {
		d.contradicts(d.hold(), event.OpCapture, row.Deeds)
	}
	if !ready {
		d.ask()
	}
	d.seek(besides)
	return true
}

// draft writes what a deed means into the fact.
func (d deal) draft(deed Deed, w What, a event.Answer, due money.Amount, m *event.PaymentMoved) {
	h := d.hold()
	switch deed {
	case begin, anew, anewSlowly:
		if m.State == event.PaymentVoiding {
			due = money.Zero(h.currency(due))
		}
		m.Key, m.Due = d.key(m.State), &due
		m.Doubtful = m.State == event.PaymentAuthorizing && d.late() || m.State == event.PaymentCapturing && d.lateTake()
		if deed == anewSlowly {
			at := d.t.At.Add(slowly(h.Ordinals.Void))
			m.RetryAt = &at
		}
	case again:
		at := d.next()
		m.RetryAt, m.Attempt = &at, h.Attempt
		caps := d.p.caps(d.t)
		m.Doubtful = m.State == event.PaymentAuthorizing && !d.p.wants(h) || w == Absent && (caps.SavesErrors || h.First.IsZero() && h.Began.Equal(longAgo)) || w != Unsent && !h.usable(caps, at)
		m.Absent = w == Unsent || m.Doubtful && w == Absent && d.counts(a)
	case look:
		at := d.next()
		m.RetryAt, m.Attempt, m.Doubtful = &at, h.Attempt, m.Check == ""
		m.Absent = w == Absent && d.counts(a)
	case lookLater:
		if delay := d.p.caps(d.t).SettlingDelay; delay > 0 {
			at := d.t.At.Add(delay)
			m.RetryAt = &at
		}
	case lookNow:
		m.Elsewhere = d.under
	case noteHold:
		d.draftHold(a, m)
	case bar:
		m.Refused = event.OpIncrease
		if h.State == event.PaymentCapturing { // above the hold, or at all
			m.Refused = event.OpCapture
		}
	case bookTaken:
		taken := h.Wanted
		if a.Amount != nil {
			taken = *a.Amount
		}
		m.Captured, m.Reference = &taken, a.Reference
		if h.outrun() {
			m.Elsewhere = d.captureKey()
		}
	case rest, unbook, alarmOther, alarmDuplicate, alarmVoid, alarmExpired, alarmFailed, alarmUnasked, alarmUnresolved,
		bookBack, undo, alarmRefund: // see refundDeal
	}
}

// draftHold writes what is held, by the processor's word.
func (d deal) draftHold(a event.Answer, m *event.PaymentMoved) {
	h := d.hold()
	held := h.Due
	if h.Check != "" {
		held = h.Amount
	}
	if a.Amount != nil {
		held = *a.Amount
	}
	m.Held, m.Reference, m.Brand, m.Last4, m.Expires = &held, a.Reference, a.Brand, a.Last4, a.Expires
	if m.Expires == nil && h.Expires.IsZero() { // by what its network does at the least
		at := d.t.At.Add(lifetime(d.p.caps(d.t), a.Brand))
		m.Expires = &at
	}
}

// counts reports whether a look-up that found nothing proves something.
func (d deal) counts(a event.Answer) bool {
	return d.countsOf(d.hold(), a)
}

func (d deal) countsOf(h *Hold, a event.Answer) bool {
	return matter{p: d.p, h: h, caps: d.p.caps(d.t), ask: d.t.Ask, a: a, at: d.t.At}.proves()
}

// next is when to ask again: after a back-off, and for a look-up not before it
// can prove anything.
func (d deal) next() time.Time { return d.nextOf(d.hold()) }

func (d deal) nextOf(h *Hold) time.Time {
	at := d.t.At.Add(backoff(h.Attempt, h.Key))
	if a, ok := d.t.Input.(event.Answer); ok && a.Found == event.FoundNothing { // it answers: what is left is a matter of seconds
		soon := d.t.At.Add(afterAbsent)
		if proves := d.askAgain(h); soon.Before(proves) {
			soon = proves
		}
		if soon.Before(at) {
			at = soon
		}
	}
	return at
}

// askAgain is when it makes sense to ask once more after a look-up that found
// nothing: to send the same key once the processor's settling delay is over, but
// where it is looked up again not before that proves something.
func (d deal) askAgain(h *Hold) time.Time {
	caps := d.p.caps(d.t)
	if caps.SavesErrors || h.Check != "" || h.State == event.PaymentAuthorizing && !d.p.wants(h) {
		return h.provable(caps)
	}
	return h.Told.Add(caps.SettlingDelay)
}

// after does what follows the fact.
func (d deal) after(deed Deed, m event.PaymentMoved, taken *money.Amount) {
	switch deed {
	case bookTaken:
		d.book(*m.Captured)
		d.round(d.hold().Wanted, *m.Captured)
		if c := d.hold().TakenBack; c != nil { // word of that came before
			d.chargeback(event.Notice{ID: c.ID, Amount: &c.Amount})
		}
	case unbook:
		if taken != nil {
			d.unbook(*taken)
		}
	case alarmOther:
		d.alarm(event.AlarmOtherAmount, "the processor moved or holds another amount than it was asked for", event.PaymentMoved{})
	case alarmDuplicate:
		message := "the processor refused a movement as a repeat: is another host charging for this store?"
		if m.State == event.PaymentVoiding && m.Held != nil {
			message = "another hold stands under the key of one that is over, and is released: is another host charging for this store?"
		}
		d.alarm(event.AlarmDuplicate, message, m)
	case alarmVoid:
		d.alarm(event.AlarmVoidRefused, "a hold that nobody wants stands, and the processor won't release it", m)
	case alarmExpired:
		if _, owed := d.p.owed(); owed || !d.p.Frozen && !d.p.Unwanted {
			d.alarm(event.AlarmHoldExpired, "a hold is gone before what is owed was captured of it", m)
		}
	case alarmFailed:
		d.alarm(event.AlarmCaptureFailed, "a capture that was done is undone", m)
	case alarmUnasked:
		d.alarmUnasked(m)
	case alarmUnresolved:
		d.unresolved(d.hold(), "what became of a movement can't be found out: the processor's key is too old and nothing can be looked up")
	case begin, anew, anewSlowly, again, look, lookNow, lookLater, noteHold, bar, rest,
		bookBack, undo, alarmRefund: // see refundDeal
	}
}

// book posts what was taken: against what is owed of the visit, or against the
// debt that it pays.
func (d deal) book(taken money.Amount) {
	if d.hold().For == event.HoldDebt {
		d.bookDebt(taken)
		return
	}
	if debt, noted := d.who.Debt(d.p.Token, d.id); noted && debt.Currency == taken.Currency { // it is paid after all: nobody asks for it again
		part := debt
		if above(part, taken) {
			part = taken
		}
		d.post(event.Posting{Account: Clearing, Amount: part}, credit(BadDebt, part))
		d.t.Emit(event.DebtCleared{Session: d.id, Token: d.p.Token, Amount: part, By: d.id, At: d.t.At})
		var err error
		taken, err = taken.Sub(part)
		must(err)
	}
	if !taken.IsZero() {
		d.bookOwed(taken)
	}
}

// round books what a capture moved less than it was asked to: the books state what
// really moved, and the difference is the store's to sort out, never a second
// charge. See bookOwed for what it moved more.
func (d deal) round(due, moved money.Amount) {
	rest, err := due.Sub(moved)
	if err == nil { // no more than is owed yet
		rest.Minor = min(rest.Minor, max(0, d.p.balance(Receivable, rest.Currency).Minor))
	}
	if err == nil && rest.Sign() > 0 && !due.IsZero() && d.hold().For != event.HoldDebt {
		d.post(event.Posting{Account: StoreCost, Amount: rest}, credit(Receivable, rest))
	}
}

func (d deal) post(entries ...event.Posting) {
	d.t.Emit(event.Posted{Session: d.id, Entries: entries, At: d.t.At})
}

// alarm calls a person, once a session for each cause.
func (d deal) alarm(code event.AlarmCode, message string, m event.PaymentMoved) {
	if slices.Contains(d.p.Alarms, code) {
		return
	}
	if m.Reason != "" {
		message += ": " + m.Reason
	}
	d.t.Emit(event.Alarmed{Session: d.id, Code: code, Message: message, At: d.t.At})
}

// key is that of the next movement of a state: it stands for session, deed, hold
// and ordinal.
func (d deal) key(state event.PaymentState) string {
	return d.keyOf(operation(state), d.hold().Ordinals.of(state)+1)
}

// keyOf is that of a hold's movement of an ordinal.
func (d deal) keyOf(of event.Operation, ordinal int) string {
	deed := string(of)
	if d.n > 0 {
		deed += ":" + strconv.Itoa(d.n+1)
	}
	return turn.Key("movement", d.t.Store.Store.Name, d.id, deed, strconv.Itoa(ordinal))
}

// ask sends what a hold waits for: the movement under way, or a look-up.
func (d deal) ask() {
	h := d.hold()
	caps := d.p.caps(d.t)
	op := cmp.Or(h.Check, operation(h.State))
	look := h.Check != "" || h.Doubtful && h.canLook(caps, op) || !h.Doubtful && (!h.usable(caps, d.t.At) || op != event.OpVoid && h.overdue(caps, op, d.t.At))
	kept := caps.SavesErrors && h.Doubtful && h.Attempt > patience // what is kept under the key is an error
	if look && !h.canLook(caps, op) || !look && (kept || !h.usable(caps, d.t.At)) {
		w := Lost
		if h.State == event.PaymentVoiding && h.Check == "" && h.canLook(caps, event.OpAuthorize) {
			w = Stuck // the hold itself tells whether it stands
		}
		d.move(w, event.Answer{}, h.Due)
		return
	}
	if !look && op == event.OpCapture && h.Elsewhere != "" && h.canLook(caps, op) { // one that takes parts of a hold would take it twice
		d.move(Taking, event.Answer{}, h.Due)
		return
	}
	since, due := h.First, h.Due // copies: a fact never points into the state
	a := event.Ask{
		ID: d.id + "/" + string(op) + "/" + strconv.Itoa(d.p.Asks+1), Operation: op, Device: d.p.device(d.t), Session: d.id,
		Hold: d.n + 1, For: h.For, Key: h.Key, Token: d.p.Token, Reference: h.Reference, Amount: &due,
	}
	if d.n == 0 {
		a.Hold = 0
	}
	if h.Check == event.OpAuthorize {
		amount := h.Amount
		a.Key, a.Amount, since = h.HoldKey, &amount, h.HeldAt
	}
	if h.Check == event.OpCapture {
		amount := h.Wanted
		if h.Captured != nil {
			amount = *h.Captured
		}
		if amount.Currency == "" { // nobody here asked for it: see elsewhere
			amount = money.Zero(d.p.currency(h))
		}
		a.Key, a.Amount, since = d.captureKey(), &amount, h.HeldAt
	}
	if look {
		a.Operation, a.Of = event.OpLookup, op
		if !since.IsZero() {
			a.Since = &since
		}
	}
	d.t.EmitAsk(a)
}

// operation is the deed that a state waits for.
func operation(s event.PaymentState) event.Operation {
	switch s {
	case event.PaymentAuthorizing:
		return event.OpAuthorize
	case event.PaymentIncreasing:
		return event.OpIncrease
	case event.PaymentCapturing:
		return event.OpCapture
	case event.PaymentVoiding:
		return event.OpVoid
	case event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed,
		event.PaymentExpired, event.PaymentHouse:
	}
	return ""
}

func (o *Ordinals) of(s event.PaymentState) int {
	if n := o.at(s); n != nil {
		return *n
	}
	return 0
}

func (o *Ordinals) at(s event.PaymentState) *int {
	switch s {
	case event.PaymentAuthorizing:
		return &o.Authorize
	case event.PaymentIncreasing:
		return &o.Increase
	case event.PaymentCapturing:
		return &o.Capture
	case event.PaymentVoiding:
		return &o.Void
	case event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCaptured, event.PaymentVoided, event.PaymentFailed,
		event.PaymentExpired, event.PaymentHouse:
	}
	return nil
}

// due reports whether the time has come that a hold waits for.
func (h *Hold) due(at time.Time) bool { return !h.RetryAt.IsZero() && !at.Before(h.RetryAt) }

// currency is that of a hold, or of another amount before there is one: what was asked
// for tells, and not what a processor said of it.
func (h *Hold) currency(other money.Amount) money.Currency {
	return cmp.Or(h.Due.Currency, h.Amount.Currency, other.Currency)
}

// currency is that of a hold's capture: where it was never asked for here, that of
// the entry's.
func (p *Payment) currency(h *Hold) money.Currency {
	return cmp.Or(h.currency(money.Amount{}), p.Holds[0].currency(money.Amount{}))
}

// device is the processor that moves the payment.
func (p *Payment) device(t *turn.Turn) string {
	return cmp.Or(p.Device, t.Store.Store.Settlement.Processor)
}

func reason(a event.Answer) string {
	if a.Code == fault.None || a.Outcome == event.OutcomeRefused {
		return a.Message
	}
	return a.Code.String() + ": " + a.Message
}

func credit(account string, a money.Amount) event.Posting {
	n, err := a.Neg()
	must(err)
	return event.Posting{Account: account, Amount: n}
}

// must stops the step where arithmetic on money fails: amounts that overflow or
// mix currencies are a defect, and no answer is better than a wrong one.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
