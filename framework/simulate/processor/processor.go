package processor

import (
	"fmt"
	"hash/fnv"
)

// Trouble is what goes wrong at the processor with one request.
type Trouble uint8

// The troubles.
const (
	Fine Trouble = iota
	// ErrorBefore: an error of its own before it did anything.
	ErrorBefore
	// ErrorAfter: it did it, and then answers with an error.
	ErrorAfter
	// SavedBefore and SavedAfter are the same, and the error is what its key
	// says from now on.
	SavedBefore
	SavedAfter
	// Overloaded: too many requests.
	Overloaded
	// DeclinedNow: the issuer says no, though the card is good.
	DeclinedNow
	// Partly: the issuer holds less than was asked for.
	Partly
	// OtherAmount and OtherCurrency: it did what was asked and says something
	// else.
	OtherAmount
	OtherCurrency
	// Lies: it says that it did it and didn't.
	Lies
)

// Processor is the processor's whole state.
type Processor struct {
	Caps Caps
	// Ledger is what really happened, in order.
	Ledger []Entry
	// Entered hears of each entry, Asked of each request that arrives, before it
	// is looked at, Noticed of each notice. All may be nil.
	Entered func(Entry)
	Asked   func(now int64, r Request)
	Noticed func(Notice)

	cards    map[string]*Card
	memos    map[string]*memo
	effects  map[string][]*effect // by key
	holds    map[string]*hold
	captures map[string]*capture
	order    []*hold
	refs     int
	lastTick int64
	// Lied are the references that were said to be captured and weren't.
	Lied map[string]bool
}

// memo is what a key says.
type memo struct {
	at     int64
	digest string
	reply  Reply
}

// effect is something that happened under a key.
type effect struct {
	at    int64
	op    Op
	reply Reply
}

type hold struct {
	Entry
	state    Op // authorize while it stands, else what ended it
	captured int64
	parts    int
	ended    int64
	card     *Card
}

type capture struct {
	Entry
	hold     *hold
	refunded int64
	failed   bool
}

// New returns a processor that knows no cards.
func New(c Caps) *Processor {
	return &Processor{
		Caps: c, cards: map[string]*Card{}, memos: map[string]*memo{}, effects: map[string][]*effect{},
		holds: map[string]*hold{}, captures: map[string]*capture{}, Lied: map[string]bool{},
	}
}

// Issue makes a token stand for a card.
func (p *Processor) Issue(token string, c Card) { p.cards[token] = &c }

// Pay pays a card's debts at its bank: it is good for so much again.
func (p *Processor) Pay(token string, limit int64) {
	if c := p.cards[token]; c != nil {
		c.Limit, c.used = limit, 0
	}
}

// Do carries out a request as it arrives.
func (p *Processor) Do(now int64, r Request, t Trouble) Reply {
	p.Tick(now)
	if p.Asked != nil {
		p.Asked(now, r)
	}
	if t == Overloaded {
		return Reply{Status: Busy, Message: "too many requests"}
	}
	if r.Op == Lookup {
		if t == ErrorBefore || t == ErrorAfter || t == SavedBefore || t == SavedAfter {
			return Reply{Status: Failed, Message: "internal error"}
		}
		return p.lookup(now, r)
	}
	if r.Key == "" {
		return Reply{Status: Invalid, Message: "a movement needs a key"}
	}
	digest := fmt.Sprint(r.Op, "|", r.Token, "|", r.Reference, "|", r.Minor, "|", r.Currency)
	if m := p.memos[r.Key]; m != nil && now-m.at < p.Caps.KeyWindow {
		if m.digest != digest {
			return Reply{Status: Invalid, Message: "the key was used for another request"}
		}
		again := m.reply
		again.Acted = false
		return again
	}
	return p.fresh(now, r, t, digest)
}

// fresh carries out a request whose key says nothing yet.
func (p *Processor) fresh(now int64, r Request, t Trouble, digest string) Reply {
	failed := Reply{Status: Failed, Message: "internal error"}
	save := func(rep Reply) { p.memos[r.Key] = &memo{at: now, digest: digest, reply: rep} }
	switch t {
	case ErrorBefore:
		return failed
	case SavedBefore:
		save(failed)
		return failed
	case DeclinedNow:
		rep := Reply{Status: Declined, Message: "declined by the issuer"}
		if p.Caps.SavesErrors {
			save(rep)
		}
		return rep
	case Lies:
		if r.Op == Capture {
			return p.lie(r, save)
		}
	case Fine, ErrorAfter, SavedAfter, Overloaded, Partly, OtherAmount, OtherCurrency:
	}
	rep := p.act(now, r, t == Partly)
	if rep.Status == Done {
		p.effects[r.Key] = append(p.effects[r.Key], &effect{at: now, op: r.Op, reply: rep})
	}
	if rep.Status == Done || p.Caps.SavesErrors {
		save(rep)
	}
	switch {
	case rep.Status != Done:
	case t == ErrorAfter:
		failed.Acted = rep.Acted
		return failed
	case t == SavedAfter:
		save(failed)
		failed.Acted = rep.Acted
		return failed
	case t == OtherAmount:
		rep.Minor++
	case t == OtherCurrency:
		rep.Currency = "XTS"
	}
	return rep
}

func (p *Processor) lie(r Request, save func(Reply)) Reply {
	h := p.holds[r.Reference]
	if h == nil || h.state != Authorize {
		return Reply{Status: Declined, Message: "no such hold"}
	}
	rep := Reply{Status: Done, Reference: p.name("cap"), Minor: r.Minor, Currency: r.Currency}
	p.Lied[rep.Reference] = true
	p.effects[r.Key] = append(p.effects[r.Key], &effect{op: Capture, reply: rep})
	save(rep)
	return rep
}

func (p *Processor) act(now int64, r Request, partly bool) Reply {
	switch r.Op {
	case Authorize:
		return p.authorize(now, r, partly)
	case Increase:
		return p.increase(now, r)
	case Capture:
		return p.capture(now, r)
	case Void:
		return p.void(now, r)
	case Refund:
		return p.refund(now, r)
	case Lookup, Expire, CaptureFailed, Chargeback:
	}
	return Reply{Status: Unsupported, Message: "nothing is known of " + string(r.Op)}
}

func (p *Processor) name(kind string) string {
	p.refs++
	return fmt.Sprintf("%s_%06d", kind, p.refs)
}

func (p *Processor) enter(e Entry) {
	p.Ledger = append(p.Ledger, e)
	if p.Entered != nil {
		p.Entered(e)
	}
	if p.Noticed != nil && p.Caps.Notices {
		p.notice(e)
	}
}

func (p *Processor) notice(e Entry) {
	kind := ""
	switch e.Op {
	case Capture:
		kind = "captured"
	case Void:
		kind = "voided"
	case Expire:
		kind = "hold_expired"
	case Refund:
		kind = "refunded"
	case CaptureFailed:
		kind = "capture_failed"
	case Chargeback:
		kind = "chargeback"
	case Authorize, Increase, Lookup:
		return
	}
	p.Noticed(Notice{ID: fmt.Sprintf("evt_%06d", len(p.Ledger)), Key: e.Key, Reference: e.Reference, Kind: kind,
		Minor: e.Minor, Currency: e.Currency, At: e.At})
}

// CardOf returns a token's card; unknown tokens have none.
func (p *Processor) CardOf(token string) *Card { return p.cards[token] }

// MakeCard makes up a good card for a token.
func MakeCard(token string) Card {
	h := fnv.New64a()
	h.Write([]byte(token))
	x := h.Sum64()
	x ^= x >> 33
	return Card{
		Brand: []string{"visa", "mastercard", "maestro"}[x%3], Last4: fmt.Sprintf("%04d", x/3%10_000),
		Funding: []string{"credit", "debit"}[x/30_000%2], Limit: -1,
	}
}
