package processor

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

// The names of faults that a world can have turned on, by their numbers in the
// project's catalogue of faults (FY2 and so on). FY1 is a share of cards that is
// declined; FY5, FY9 and FY10 are for the store to bring about; FY12 is of the
// processor's report, which is the ledger.
var faults = map[string][]Fault{
	"FY2":  {LostAnswer, LostRequest},
	"FY3":  {Failed},
	"FY4":  {Failed, FailedAfter},
	"FY7":  {Altered, OtherCurrency},
	"FY13": {Busy},
	"FY14": {Lies},
}

// later are the faults that happen by themselves, some time after a movement.
var later = map[string]struct {
	of    string // operation
	after time.Duration
	event Event
}{
	"FY6":  {Authorize, time.Minute, HoldLapses},
	"FY8":  {Capture, 10 * time.Minute, CaptureFails},
	"FY11": {Capture, 24 * time.Hour, ChargedBack},
}

// FaultNames lists the faults that a world can have turned on.
func FaultNames() []string {
	var all []string
	for name := range faults {
		all = append(all, name)
	}
	for name := range later {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// named draws one of the faults that are turned on.
func (p *Processor) named(op string, x uint64) plan {
	var all []Fault
	for _, name := range p.opt.On {
		all = append(all, faults[name]...)
	}
	if len(all) == 0 {
		return planOf(FaultNone)
	}
	f := all[x%uint64(len(all))]
	switch {
	case op == Lookup && f != Busy && f != Failed:
		f = FaultNone
	case f == Lies && op != Capture:
		f = FaultNone
	}
	plan := planOf(f)
	if f == Lies {
		plan.acts = false
		plan.lies = true
	}
	return plan
}

// Event is what happens at the processor by itself.
type Event uint8

// The events.
const (
	HoldLapses Event = iota + 1
	CaptureFails
	RefundFails
	ChargedBack
	AdjustmentsDeclined
	SaidTwice
)

// Happen has something happen to what a reference names, and says so. It is
// false where there is no such thing.
func (p *Processor) Happen(e Event, reference string) bool {
	m := p.byRef[reference]
	if m == nil {
		return false
	}
	switch {
	case e == HoldLapses && m.entry.Op == Authorize && !m.captured && !m.voided:
		m.expires = p.now() - 1
		p.say("hold_expired", m, "")
	case e == AdjustmentsDeclined && m.entry.Op == Authorize:
		m.fixed = true
	case e == CaptureFails && m.entry.Op == Capture, e == RefundFails && m.entry.Op == Refund:
		m.failed = "the bank took it back"
		p.say(m.entry.Op+"_failed", m, m.failed)
	case e == ChargedBack && m.entry.Op == Capture && m.refunded < m.entry.Minor:
		m.charged = true
		p.say("chargeback", m, "the holder of the card does not know of it")
	case e == SaidTwice:
		n, ok := p.last[reference]
		if ok {
			p.tell(n)
		}
		return ok
	default:
		return false
	}
	return true
}

// Pass has the processor's clock go on beside the world's.
func (p *Processor) Pass(d time.Duration) { p.passed += d }

func (p *Processor) say(kind string, m *movement, message string) {
	p.said++
	p.tell(wire.Notice{
		ID: fmt.Sprintf("sim_notice_%d_%s", p.said, m.entry.Reference), Kind: kind, Reference: m.entry.Reference, Key: m.entry.Key,
		Minor: m.entry.Minor, Currency: m.entry.Currency, Message: message, AtUS: int64(p.now()),
	})
}

func (p *Processor) tell(n wire.Notice) {
	p.last[n.Reference] = n
	if p.opt.Notice != nil {
		p.opt.Notice(n)
	}
}

// follows plans what happens to a movement by itself. Every fifth meets it.
func (p *Processor) follows(m *movement) {
	for _, name := range p.opt.On {
		l, ok := later[name]
		if !ok || l.of != m.entry.Op || number(fmt.Sprintf("later %d %s %s", p.opt.Seed, name, m.entry.Credential))%100 >= faultPercent {
			continue
		}
		p.tl.After(l.after, owner, func() { p.Happen(l.event, m.entry.Reference) })
	}
}
