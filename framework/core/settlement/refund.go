package settlement

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// The accounts of what comes after the sale.
const (
	RefundsAccount    = "refunds"    // given back for lines, net
	GoodwillAccount   = "goodwill"   // given back for no line
	ChargebackAccount = "chargeback" // taken back by the issuer
	PayableAccount    = "payable"    // owed to the shopper: a refund that the processor undid
)

// maxUndone is how many times a refund is made that the processor undoes.
const maxUndone = 3

// Refund is one movement of money back to the instrument that paid.
type Refund struct {
	ID string `json:"id"`
	// Of is the refund that it is a further part of. Paid is the visit whose
	// capture is given back, where it paid what this one owed; else this one's own
	// is. Hold is the place of its hold.
	Of   string `json:"of,omitempty"`
	Paid string `json:"paid,omitempty"`
	Hold int    `json:"hold"`
	// Kind says that it is not of what was bought and paid.
	Kind   event.RefundKind  `json:"kind,omitempty"`
	State  event.RefundState `json:"state"`
	Amount money.Amount      `json:"amount"`
	Lines  []event.LineRef   `json:"lines,omitempty"`
	// Parts are what of it is tax and deposit.
	Parts  []event.Posting `json:"parts,omitempty"`
	Reason string          `json:"reason"`
	Actor  string          `json:"actor"`
	// Undone says that it was done and is undone: owed to the shopper.
	Undone bool `json:"undone,omitempty"`
	// Ordinal counts its keys. Moved is the movement: of its fields those that
	// every movement has. Its reference is the capture's.
	Ordinal int  `json:"ordinal"`
	Moved   Hold `json:"moved"`
}

// giving reports whether what becomes of it is yet to be found out.
func (r *Refund) giving() bool { return r.State == event.RefundRefunding || r.Moved.Check != "" }

// counts reports whether it takes from what may be given back.
func (r *Refund) counts() bool { return r.State != event.RefundRefused || r.Undone }

// refundDeal is one turn of the machine of one refund.
type refundDeal struct {
	deal
	r     int    // its place
	fresh Refund // one that is not there yet
}

func (d *refundDeal) refund() *Refund {
	if d.r == len(d.p.Refunds) {
		return &d.fresh
	}
	return &d.p.Refunds[d.r]
}

// movements are all that may have an ask out: holds and refunds.
func (p *Payment) movements() []*Hold {
	out := make([]*Hold, 0, len(p.Holds)+len(p.Refunds))
	for i := range p.Holds {
		out = append(out, &p.Holds[i])
	}
	for i := range p.Refunds {
		out = append(out, &p.Refunds[i].Moved)
	}
	return out
}

// asked is the movement that an ask is about; nil for none.
func (p *Payment) asked(a event.Ask) *Hold {
	if a.Operation == event.OpRefund || a.Of == event.OpRefund {
		if i := p.refundBy(a.Key); i >= 0 {
			return &p.Refunds[i].Moved
		}
		return nil
	}
	return p.of(a.Hold)
}

func (p *Payment) refundBy(key string) int {
	return slices.IndexFunc(p.Refunds, func(r Refund) bool { return r.Moved.Key == key })
}

func (p *Payment) refundNamed(id string) *Refund {
	for i := range p.Refunds {
		if p.Refunds[i].ID == id {
			return &p.Refunds[i]
		}
	}
	return nil
}

// refundAnswered moves a refund on by what became of it.
func (s *State) refundAnswered(t *turn.Turn, who *entry.State, a event.Answer) {
	p := s.payment(t.Ask.Session)
	if p == nil {
		return
	}
	d := refundDeal{deal: deal{s: s, t: t, who: who, id: t.Ask.Session, p: p}, r: p.refundBy(t.Ask.Key)}
	if d.r < 0 {
		t.Emit(event.Ignored{What: a.ID, Reason: "the movement is over"})
		return
	}
	r := d.refund()
	w := matter{p: p, h: &r.Moved, caps: p.caps(t), ask: t.Ask, a: a, at: t.At, undone: s.undone[a.Reference]}.judge()
	switch {
	case (w == Refused || w == Gone) && r.State == event.RefundRefunded && r.Ordinal >= maxUndone:
		w = Spent
	case (w == Gone || w == Unsent) && r.State == event.RefundRefunding && d.covered(): // under its key, by which another host may make it yet, and a notice tell of it
		w = WantEnd
		a.Message = d.whyCovered()
	}
	if !d.move(w, a) {
		t.Emit(event.Ignored{What: a.ID, Reason: "the movement is over"})
	}
}

// move makes one transition of a refund, and reports whether there is one.
func (d *refundDeal) move(w What, a event.Answer) bool {
	r := d.refund()
	row := refundTransition(r.phase(), w)
	if row == nil {
		return false
	}
	m := event.RefundMoved{Session: d.id, Refund: r.ID, Of: r.Of, Paid: r.Paid, Kind: r.Kind, Hold: r.Hold + 1, Key: r.Moved.Key, Amount: r.Amount, Lines: r.Lines,
		Reason: r.Reason, Actor: r.Actor, Message: reason(a), At: d.t.At}
	if r.State == "" {
		m.Parts = r.Parts
	}
	if w == Contested {
		m.Message = "a notice says that it failed"
	}
	m.State, m.Check = refundPhase(row.To)
	for _, deed := range row.Deeds {
		d.draftRefund(deed, w, a, &m)
	}
	ready := m.RetryAt != nil || !asks(row.Deeds)
	if !ready && !d.s.free(d.t, d.who, d.p) {
		at := d.t.At
		m.RetryAt = &at
		m.Message = cmp.Or(m.Message, "waits for "+d.p.device(d.t)+d.s.cause(d.t, d.who, d.p))
		ready = true
	}
	owed := r.Undone
	d.t.Emit(m)
	for _, deed := range row.Deeds {
		d.afterRefund(deed, m, owed)
	}
	if w != SaidYes && w != SaidNo {
		d.contradicts(&d.refund().Moved, event.OpRefund, row.Deeds)
	}
	if !ready {
		d.askRefund()
	}
	return true
}

// draftRefund writes what a deed means into the fact.
func (d *refundDeal) draftRefund(deed Deed, w What, a event.Answer, m *event.RefundMoved) {
	r, caps := d.refund(), d.p.caps(d.t)
	h := &r.Moved
	switch deed {
	case begin, anew, anewSlowly:
		m.Key = d.refundKey(0)
		if deed == anewSlowly {
			at := d.t.At.Add(slowly(r.Ordinal))
			m.RetryAt = &at
		}
		if deed == begin && r.Kind == event.RefundOverpaid && d.p.Holds[r.Hold].unasked() {
			at := d.t.At.Add(keepUnasked)
			m.RetryAt, m.Message = &at, "taken by somebody else: given back at its time, unless staff say otherwise"
		}
	case again:
		at := d.nextOf(h)
		m.RetryAt, m.Attempt = &at, h.Attempt
		m.Doubtful = w == Absent && (caps.SavesErrors || d.covered() || h.First.IsZero()) || w != Unsent && !h.usable(caps, at)
		m.Absent = w == Unsent || m.Doubtful && w == Absent && d.countsOf(h, a)
	case look:
		at := d.nextOf(h)
		m.RetryAt, m.Attempt, m.Doubtful = &at, h.Attempt, !m.Check
		m.Absent = w == Absent && d.countsOf(h, a)
	case bookBack:
		if a.Amount != nil && a.Amount.Currency == r.Amount.Currency {
			m.Amount = *a.Amount
		}
		m.Reference = a.Reference
	case undo:
		m.Undone = true
	case lookNow, lookLater, rest, noteHold, bar, bookTaken, unbook, alarmOther, alarmDuplicate, alarmVoid, alarmExpired, alarmFailed, alarmUnasked,
		alarmUnresolved, alarmRefund:
	}
}

// afterRefund does what follows the fact. Owed says that it was done once and
// undone.
func (d *refundDeal) afterRefund(deed Deed, m event.RefundMoved, owed bool) {
	about := event.PaymentMoved{Reason: m.Message}
	switch deed {
	case bookBack:
		d.bookRefund(m.Amount, owed)
	case undo:
		d.post(event.Posting{Account: Clearing, Amount: m.Amount}, credit(PayableAccount, m.Amount))
	case alarmRefund:
		d.alarm(event.AlarmRefundFailed, "a refund of "+m.Amount.String()+" is refused or undone", about)
	case alarmOther, alarmDuplicate:
		d.after(deed, about, nil)
	case alarmUnresolved:
		d.unresolved(&d.refund().Moved, "what became of a refund can't be found out: the processor's key is too old and nothing can be looked up")
	case begin, anew, anewSlowly, again, look, lookNow, lookLater, rest, noteHold, bar, bookTaken, unbook, alarmVoid, alarmExpired, alarmFailed, alarmUnasked:
	}
}

// bookRefund posts what was given back: against taxes and deposits as far as it
// is for lines, and against what such refunds cost the store.
func (d *refundDeal) bookRefund(given money.Amount, owed bool) {
	r := d.refund()
	back := Clearing
	switch {
	case d.p.House != "":
		back = storedef.HouseAccount(d.p.House)
	case r.Kind == event.RefundOfDebt:
		back = BadDebt
	}
	if owed || r.Kind == event.RefundOverpaid {
		d.bookOver(given)
		return
	}
	account, net := RefundsAccount, given
	if len(r.Lines) == 0 && r.Of == "" {
		account = GoodwillAccount
	}
	entries := []event.Posting{}
	for _, part := range r.Parts {
		var err error
		net, err = net.Sub(part.Amount)
		must(err)
		entries = append(entries, part)
	}
	if !net.IsZero() {
		entries = append(entries, event.Posting{Account: account, Amount: net})
	}
	d.post(append(entries, credit(back, given))...)
}

// refundKey is that of the refund's next movement but so many.
func (d *refundDeal) refundKey(but int) string {
	r := d.refund()
	parts := []string{"movement", d.t.Store.Store.Name, d.id, "refund", r.ID}
	if n := r.Ordinal + but; n > 0 {
		parts = append(parts, strconv.Itoa(n+1))
	}
	return turn.Key(parts...)
}

// askRefund sends what a refund waits for.
func (d *refundDeal) askRefund() {
	r, caps := d.refund(), d.p.caps(d.t)
	h := &r.Moved
	look := h.Check != "" || h.Doubtful && h.canLook(caps, event.OpRefund) || !h.Doubtful && (!h.usable(caps, d.t.At) || h.overdue(caps, event.OpRefund, d.t.At))
	if !look && !h.First.IsZero() && d.covered() { // it may have happened before, and is not to happen now
		look = h.canLook(caps, event.OpRefund)
	}
	switch {
	case look && !h.canLook(caps, event.OpRefund) || !look && !h.usable(caps, d.t.At):
		d.move(Lost, event.Answer{})
		return
	case !look && h.First.IsZero() && d.covered(): // nothing of it has happened
		d.move(WantEnd, event.Answer{Message: d.whyCovered()})
		return
	}
	amount, since := r.Amount, h.First
	a := event.Ask{ID: d.id + "/refund/" + strconv.Itoa(d.p.Asks+1), Operation: event.OpRefund, Device: d.p.device(d.t), Session: d.id,
		Key: h.Key, Token: d.p.Token, Reference: h.Reference, Amount: &amount}
	if r.Paid == "" {
		a.Hold = r.Hold + 1
	}
	if look {
		a.Operation, a.Of = event.OpLookup, event.OpRefund
		if !since.IsZero() {
			a.Since = &since
		}
	}
	d.t.EmitAsk(a)
}

// repeatRefunds asks again what is due to be asked again.
func (d deal) repeatRefunds() {
	back := false
	if in, ok := d.t.Input.(event.DeviceStatus); ok {
		back = in.Device == d.p.device(d.t)
	}
	for i := range d.p.Refunds {
		r := &d.p.Refunds[i]
		at := r.Moved.RetryAt
		if !at.IsZero() && (back && !r.waits() || !d.t.At.Before(at)) && d.s.free(d.t, d.who, d.p) {
			(&refundDeal{deal: d, r: i}).askRefund()
		}
	}
}

// noticedRefunds looks up the refunds that a notice speaks of.
func (s *State) noticedRefunds(t *turn.Turn, who *entry.State, id string, p *Payment, in event.Notice) {
	for i := range p.Refunds {
		r := &p.Refunds[i]
		if !slices.ContainsFunc(r.names(), func(n string) bool { return n == in.Key || n == in.Reference }) {
			continue
		}
		d := &refundDeal{deal: deal{s: s, t: t, who: who, id: id, p: p}, r: i}
		switch {
		case r.Moved.Out != "" || in.Kind != event.NoticeRefunded && in.Kind != event.NoticeRefundFailed:
		case r.Moved.Check != "" || r.State == event.RefundRefunding && r.Moved.Doubtful:
			if s.free(t, who, p) {
				d.askRefund()
			}
		case r.State == event.RefundRefunded && in.Kind == event.NoticeRefundFailed, r.State == event.RefundRefused && in.Kind == event.NoticeRefunded:
			d.move(Doubt, event.Answer{Message: "a notice says " + string(in.Kind)})
		}
	}
}

// give plans a refund and begins it: of one capture where one covers it, else of
// several. It returns why it can't.
func (d deal) give(id string, lines []event.LineRef, amount *money.Amount, least bool, why, actor string) string {
	var owing []share
	var back money.Amount
	if len(lines) == 0 {
		owing, back = d.owing()
	}
	total, refs, parts, wrong := d.p.worth(lines, amount)
	switch {
	case amount == nil && len(owing) > 0: // that alone: what was bought is another order
		total, refs, parts = back, nil, nil
	case wrong != "":
		return wrong
	}
	debt := d.indebted(total)
	if total, wrong = d.enough(total, debt, owing, least); wrong != "" {
		return wrong
	}
	if above(sumOf(total.Currency, parts), total) {
		parts = nil
	}
	shares, wrong := d.split(total, debt, owing)
	if wrong != "" {
		return wrong
	}
	for i, x := range shares {
		r := Refund{ID: id, Paid: x.paid, Kind: x.kind, Hold: x.hold, Amount: x.amount, Reason: why, Actor: actor}
		if i > 0 {
			r.ID, r.Of = id+"."+strconv.Itoa(i+1), id
		}
		if r.Kind != event.RefundOverpaid { // the first of the others is of the lines
			r.Lines, r.Parts, refs, parts = refs, parts, nil, nil
		}
		x := &refundDeal{deal: d, r: len(d.p.Refunds), fresh: r}
		switch {
		case d.p.House != "":
			x.giveToHouse()
		case r.Kind == event.RefundOfDebt:
			x.forgive()
		default:
			x.move(WantRefund, event.Answer{})
		}
	}
	return ""
}

// enough says why so much can't be given back; least has what is left given back
// then.
func (d deal) enough(total, debt money.Amount, owing []share, least bool) (_ money.Amount, wrong string) {
	left, window := d.refundable(owing)
	for _, x := range owing {
		left.Minor += x.amount.Minor
	}
	all, err := left.Add(debt)
	must(err)
	switch {
	case all.IsZero() && window:
		return total, "the time in which the processor gives money back is over"
	case all.IsZero():
		return total, "nothing that was captured is left to give back"
	case above(total, all) && !least && debt.IsZero():
		return total, "no more than " + left.String() + " of what was captured is left to give back"
	case above(total, all) && !least:
		return total, "no more than " + all.String() + " is left to give back: " + left.String() + " of what was captured, and " + debt.String() + " that is owed"
	case above(total, all):
		return all, ""
	}
	return total, ""
}

// ordered does what staff want of a session's money.
func (s *State) ordered(t *turn.Turn, who *entry.State, in event.StaffOrder) []string {
	p := s.payment(in.Session)
	if p == nil {
		switch in.Order {
		case event.OrderRefund, event.OrderDispute, event.OrderDecideDispute, event.OrderChargePending, event.OrderWriteOff, event.OrderRetryDebt, event.OrderResolve:
			t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Session), Reason: "no such visit is known any more"})
		case event.OrderEnd, event.OrderDropPending, event.OrderRelease, event.OrderCloseDay, event.OrderAcknowledge,
			event.OrderEnrol, event.OrderCancelEnrolment, event.OrderForget:
		}
		return nil
	}
	d := deal{s: s, t: t, who: who, id: in.Session, p: p}
	wrong := ""
	switch in.Order {
	case event.OrderWriteOff, event.OrderRetryDebt:
		s.order(d, in)
	case event.OrderRefund:
		wrong = d.orderRefund(in)
	case event.OrderDispute:
		wrong = d.dispute(in)
	case event.OrderDecideDispute:
		wrong = d.decideDispute(in)
	case event.OrderChargePending:
		wrong = d.chargePending(in, event.DecideCharge)
	case event.OrderRelease:
		if p.Frozen && !slices.ContainsFunc(t.Facts, func(f event.Fact) bool { _, ok := f.(event.CartFrozen); return ok }) {
			wrong = d.chargePending(in, event.DecideRelease)
		}
	case event.OrderResolve:
		wrong = d.resolve(in)
	case event.OrderEnd, event.OrderDropPending, event.OrderCloseDay, event.OrderAcknowledge,
		event.OrderEnrol, event.OrderCancelEnrolment, event.OrderForget: // of entry
		return nil
	}
	if wrong != "" {
		t.Emit(event.Ignored{What: cmp.Or(in.ID, in.Session), Reason: wrong})
	}
	return []string{in.Session}
}

// orderRefund gives back what staff say: lines, an amount, or all that is left.
func (d deal) orderRefund(in event.StaffOrder) string {
	switch {
	case in.ID == "":
		return "an order to refund needs an id, so that the same order is never carried out twice"
	case strings.Contains(in.ID, "."):
		return "the id of an order holds no dot"
	case d.p.refundNamed(in.ID) != nil:
		return "a repeat: this refund is " + string(d.p.refundNamed(in.ID).State)
	case len(in.Lines) > 0 && in.Amount != nil:
		return "a refund is of lines or of an amount, not of both"
	}
	return d.give(in.ID, in.Lines, in.Amount, len(in.Lines) == 0 && in.Amount == nil, in.Reason, in.Actor)
}
