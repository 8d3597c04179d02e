// Package processor is the simulated card processor: holds, captures, voids and
// refunds, with a ledger of every movement that really happened.
//
// It is the outside witness of a store's money, so it shares no code with the
// host's settlement and takes nothing on trust: it remembers keys for ever,
// never lets a capture pass its hold, and writes a movement to its ledger, on
// disk, before anybody hears of it. The world's hub is its only caller. It runs
// in virtual time.
package processor

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// The operations, in the words of the wire and the ledger.
const (
	Authorize = "authorize"
	Capture   = "capture"
	Void      = "void"
	Refund    = "refund"
	Increase  = "increase"
	Lookup    = "lookup"
)

const (
	// Latency is how long an operation takes when nothing goes wrong.
	Latency = 150 * time.Millisecond
	// HoldLife is how long a hold lasts, as schemes have it for cards present,
	// RefundLife how long its capture can be refunded.
	HoldLife   = 7 * 24 * time.Hour
	RefundLife = 90 * 24 * time.Hour
	// KeyLife is how long a key stands for one movement at the least; the
	// processor remembers it for ever, unless a store's config says how long.
	KeyLife = 24 * time.Hour
	// OverPPM is how much above a hold can be captured.
	OverPPM = 150_000
	// owner orders the processor's deeds after all of the store's.
	owner int64 = 1 << 56
)

// Entry is one line of the ledger: a movement that happened.
type Entry struct {
	Credential string `json:"credential"`
	Key        string `json:"key"`
	Op         string `json:"op"`
	Minor      int64  `json:"amount_minor"`
	Currency   string `json:"currency"`
	At         string `json:"at"`
	Reference  string `json:"reference"`
	// Parent is the reference of the hold or capture that it acted on.
	Parent  string `json:"parent,omitempty"`
	Session string `json:"session,omitempty"`
}

// Ledger keeps entries durably.
type Ledger interface{ Append(v any) error }

// Options say how the processor behaves.
type Options struct {
	Seed uint64
	// Faults turns on answers that go astray.
	Faults bool
	// DeclinePPM is the share of credentials whose card is declined.
	DeclinePPM int
	// Refused are tokens that stand for no card, such as staff badges.
	Refused []string
	// On are the faults that are turned on, by the names of FaultNames.
	On []string
	// Notice hears what the processor says by itself; nil for nobody.
	Notice func(wire.Notice)
	// Funding says how a credential's card is funded, empty where it is left to the
	// processor; nil for all of them.
	Funding func(token string) string
	// Authorised hears of each hold.
	Authorised func(session, token string)
	// Failed hears that the ledger can't be written. Nothing may go on then.
	Failed func(error)
}

// Processor is the processor's whole state. One goroutine uses it.
type Processor struct {
	tl     *timeline.Timeline
	ledger Ledger
	opt    Options

	byKey    map[string]*movement
	byRef    map[string]*movement
	children map[string][]*movement
	underway map[string]int
	attempts map[string]int
	lose     map[string]Fault
	passed   time.Duration // the processor's clock is ahead of the world's
	last     map[string]wire.Notice
	said     int
	lines    int
}

// movement is what became of a key.
type movement struct {
	entry    Entry
	digest   string
	result   wire.PaymentResult
	err      error
	expires  timeline.Instant
	at       timeline.Instant // when it was first asked for
	minor    int64            // of a hold, with what it was raised by
	captured bool
	voided   bool
	fixed    bool   // it is not raised any more
	charged  bool   // back
	failed   string // why it failed later
	refunded int64
	// original is the movement that had done it all before.
	original *movement
}

// New gives a processor with an empty past.
func New(tl *timeline.Timeline, ledger Ledger, opt Options) *Processor {
	return &Processor{
		tl: tl, ledger: ledger, opt: opt,
		byKey: make(map[string]*movement), byRef: make(map[string]*movement), children: make(map[string][]*movement),
		underway: make(map[string]int), attempts: make(map[string]int), lose: make(map[string]Fault), last: make(map[string]wire.Notice),
	}
}

// Call takes a request in and answers it in its time: once, twice or never, as
// the faults have it. Whether anybody still waits for the answer changes
// nothing about the deed.
func (p *Processor) Call(op string, r wire.PaymentParams, answer func(wire.PaymentResult, error)) {
	plan := p.plan(op, r)
	if op == Lookup {
		p.tl.After(plan.answer, owner, func() {
			answer(p.answerTo(plan, func() (wire.PaymentResult, error) { return p.lookup(r) }))
		})
		return
	}
	var result wire.PaymentResult
	var err error
	if plan.acts {
		p.underway[r.Key]++
		p.tl.After(plan.act, owner, func() {
			if p.underway[r.Key]--; p.underway[r.Key] == 0 {
				delete(p.underway, r.Key)
			}
			result, err = p.apply(op, r)
			if err == nil {
				result = plan.twist(result)
			}
		})
	} else if plan.lies {
		result = wire.PaymentResult{Reference: "sim_lie_" + r.Key, Minor: r.Minor, Currency: r.Currency}
	} else if plan.saved && can(r).SavesErrors && p.byKey[r.Key] == nil {
		p.byKey[r.Key] = &movement{digest: digestOf(op, r), err: errFailed, at: p.now()}
	}
	for range plan.answers {
		p.tl.After(plan.answer, owner, func() {
			answer(p.answerTo(plan, func() (wire.PaymentResult, error) { return result, err }))
		})
	}
}

func (p *Processor) answerTo(plan plan, result func() (wire.PaymentResult, error)) (wire.PaymentResult, error) {
	if plan.instead != nil {
		return wire.PaymentResult{}, plan.instead
	}
	return result()
}

// apply does a deed, or tells what became of its key before.
func (p *Processor) apply(op string, r wire.PaymentParams) (wire.PaymentResult, error) {
	if r.Key == "" {
		return wire.PaymentResult{}, fault.New(fault.Invalid, "a movement needs a key")
	}
	digest := digestOf(op, r)
	if m := p.byKey[r.Key]; m != nil && !p.forgotten(m, r) {
		if m.digest != digest {
			return wire.PaymentResult{}, fault.Errorf(fault.Invalid, "key %s was used for another request", r.Key)
		}
		return m.result, m.err
	}
	m, err := p.decide(op, r)
	if err != nil {
		if fault.CodeOf(err) == fault.Refused {
			p.byKey[r.Key] = &movement{digest: digest, err: err, at: p.now()}
		}
		return wire.PaymentResult{}, err
	}
	m.digest, m.at = digest, p.now()
	if m.entry.Op != "" {
		if err := p.write(m); err != nil {
			return wire.PaymentResult{}, err
		}
	}
	p.byKey[r.Key] = m
	return m.result, nil
}

// write makes a movement durable and then real.
func (p *Processor) write(m *movement) error {
	if err := p.ledger.Append(m.entry); err != nil {
		p.opt.Failed(err)
		return fault.Wrap(fault.Unknown, "write the ledger", err)
	}
	p.enter(m)
	p.follows(m)
	if m.entry.Op == Authorize {
		p.opt.Authorised(m.entry.Session, m.entry.Credential)
	}
	return nil
}

// enter makes a movement's effect on the state.
func (p *Processor) enter(m *movement) {
	p.lines++
	p.byRef[m.entry.Reference] = m
	parent := p.byRef[m.entry.Parent]
	if parent == nil {
		return
	}
	p.children[m.entry.Parent] = append(p.children[m.entry.Parent], m)
	switch m.entry.Op {
	case Capture:
		parent.captured = true
	case Void:
		parent.voided = true
	case Refund:
		parent.refunded += m.entry.Minor
	case Increase:
		parent.minor = m.entry.Minor
	}
}

// forgotten says whether a key's time is over, for a store whose config has one.
func (p *Processor) forgotten(m *movement, r wire.PaymentParams) bool {
	life := can(r).KeyUS
	return life > 0 && p.now() > m.at.Add(time.Duration(life)*time.Microsecond)
}

func digestOf(op string, r wire.PaymentParams) string {
	return fmt.Sprintf("%s|%s|%s|%d|%s", op, r.Token, r.Reference, r.Minor, r.Currency)
}

// now is the processor's time.
func (p *Processor) now() timeline.Instant { return p.tl.Now().Add(p.passed) }

// can is what a store makes of its processor.
func can(r wire.PaymentParams) wire.ProcessorCan {
	if r.Can == nil {
		return wire.ProcessorCan{OverPPM: OverPPM}
	}
	return *r.Can
}

// Restore takes up an entry of an older ledger.
func (p *Processor) Restore(e Entry) error {
	at, err := time.Parse(time.RFC3339Nano, e.At)
	if err != nil {
		return fmt.Errorf("entry %s: %w", e.Reference, err)
	}
	m := &movement{entry: e, result: wire.PaymentResult{Reference: e.Reference, Minor: e.Minor, Currency: e.Currency}, at: timeline.Of(at), minor: e.Minor}
	if e.Op == Increase { // its own reference is the ledger's; the hold's is what anybody sees
		m.result.Reference = e.Parent
	}
	token, minor, currency := "", e.Minor, e.Currency
	if e.Op == Authorize {
		token = e.Credential
		p.describeHold(m, timeline.Of(at), 0)
	}
	if e.Op == Void {
		minor, currency, m.result = 0, "", wire.PaymentResult{}
	}
	m.digest = fmt.Sprintf("%s|%s|%s|%d|%s", e.Op, token, e.Parent, minor, currency)
	p.byKey[e.Key] = m
	p.enter(m)
	return nil
}

func (p *Processor) describeHold(m *movement, at timeline.Instant, life time.Duration) {
	m.minor = m.entry.Minor
	m.expires = at.Add(cmp.Or(life, HoldLife))
	m.result.ExpiresUS = int64(m.expires)
	h := number("card " + m.entry.Credential)
	m.result.Last4 = fmt.Sprintf("%04d", h%10_000)
	m.result.Brand = []string{"visa", "mastercard", "maestro"}[h/10_000%3]
	m.result.Network = m.result.Brand
	m.result.Funding = []string{"credit", "debit"}[h/30_000%2]
	m.result.Risk = "low"
	if p.opt.Funding != nil {
		m.result.Funding = cmp.Or(p.opt.Funding(m.entry.Credential), m.result.Funding)
	}
	if s, special := cards[m.entry.Credential]; special {
		m.result.Funding, m.result.Risk = cmp.Or(s.funding, m.result.Funding), cmp.Or(s.risk, m.result.Risk)
	}
}

func number(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	x := h.Sum64() // FNV's low bits follow the text's last byte too closely: mix them
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}
