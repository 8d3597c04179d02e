package storefile

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
)

// How a processor's promises are used by the core.
const (
	// keyShare is the part of a key's window, in percent, in which a movement is
	// asked for again under it; after that it is only looked up.
	keyShare = 80
	// leastKeyWindow lets a movement of which the answer is lost be asked for
	// again at the longest pause between tries, five minutes, and once more.
	leastKeyWindow = 15 * time.Minute
	// holdMargin is how long before it lapses a hold is captured or released.
	holdMargin = storedef.Day
)

// limit is one promise of a processor that a store file can make smaller, by
// the contract that the store has with it.
type limit struct {
	name string
	// doc is what a problem says that it is.
	doc string
	// narrow takes the argument over. It gives what the processor promises, for a
	// problem, and false where the argument says more.
	narrow func(l *loader, b *block, name string, s scope, p *storedef.Processing) (promised string, ok bool)
}

func limits() []limit {
	span := func(doc, name string, least, most time.Duration, field func(*storedef.Processing) *time.Duration) limit {
		return limit{name, doc, func(l *loader, b *block, name string, s scope, p *storedef.Processing) (string, bool) {
			f := field(p)
			was := *f
			*f = l.duration(b, name, s, was, least, most)
			return was.String(), *f <= was
		}}
	}
	flag := func(doc, name string, field func(*storedef.Processing) *bool) limit {
		return limit{name, doc, func(l *loader, b *block, name string, s scope, p *storedef.Processing) (string, bool) {
			f := field(p)
			was, reported := *f, len(l.problems)
			says := l.boolean(b, name, s)
			if len(l.problems) > reported {
				return "", true // it says nothing that can be taken
			}
			*f = says
			return "false", was || !says
		}}
	}
	const years = 10 * 365 * storedef.Day
	return []limit{
		span("for how long a key stands for one movement", "key_window", 0, years, func(p *storedef.Processing) *time.Duration { return &p.KeyWindow }),
		flag("whether a movement is found by its key", "lookup_by_key", func(p *storedef.Processing) *bool { return &p.LookupByKey }),
		flag("whether a movement is found by a reference", "lookup_by_reference", func(p *storedef.Processing) *bool { return &p.LookupByReference }),
		{"settling_delay", "how old a movement may be that is not found", (*loader).slower},
		span("how long a hold lasts", "hold_lifetime", time.Minute, 365*storedef.Day, func(p *storedef.Processing) *time.Duration { return &p.HoldLifetime }),
		flag("whether less than the hold can be captured", "partial_capture", func(p *storedef.Processing) *bool { return &p.PartialCapture }),
		flag("whether a hold can be captured in parts", "multiple_capture", func(p *storedef.Processing) *bool { return &p.MultipleCapture }),
		{"over_capture", "how much above the hold can be captured", func(l *loader, b *block, name string, s scope, p *storedef.Processing) (string, bool) {
			was := p.OverCapture
			p.OverCapture = l.probability(b, name, s, was, 0, measure.Certain)
			return was.String(), p.OverCapture <= was
		}},
		flag("whether a hold can be raised", "increment", func(p *storedef.Processing) *bool { return &p.Increment }),
		flag("whether what a capture left can be released", "void_after_capture", func(p *storedef.Processing) *bool { return &p.VoidAfterCapture }),
		flag("whether part of a capture can be given back", "partial_refund", func(p *storedef.Processing) *bool { return &p.PartialRefund }),
		span("how long money can be given back", "refund_window", 0, years, func(p *storedef.Processing) *time.Duration { return &p.RefundWindow }),
	}
}

// slower takes over a settling delay, of which more is less.
func (l *loader) slower(b *block, name string, s scope, p *storedef.Processing) (string, bool) {
	was := p.SettlingDelay
	p.SettlingDelay = l.duration(b, name, s, was, 0, storedef.Day)
	return was.String(), p.SettlingDelay >= was
}

// processing takes over what a processor's plugin declares, less what the
// device's processing block takes away.
func (l *loader) processing(b *block, c storedef.Class, s scope, d *storedef.Device) {
	if c != storedef.ClassPayment {
		return
	}
	p, known := storedef.Processing{}, false
	if l.opts.Schemas != nil {
		p, known = l.opts.Schemas.Processing(d.Plugin, d.Driver)
	}
	if !known { // the block is read all the same: what it says is written or not
		p = storedef.DefaultProcessing()
	}
	declared := p
	var found *block
	for _, syntax := range b.syntax.Body.Blocks {
		if syntax.Type != blockProcessing {
			continue
		}
		n := b.child(syntax)
		if found != nil {
			l.fail(n, n.header(), "duplicate", "There is a second processing block", "Put all into one.")
			continue
		}
		found = n
		l.narrow(n, s, d, &p, known)
	}
	if p.HoldLifetime != declared.HoldLifetime {
		p.HoldLifetimes = nil // what the store's contract says holds for all networks
	}
	if known {
		d.Processing = &p
	}
}

func (l *loader) narrow(b *block, s scope, d *storedef.Device, p *storedef.Processing, known bool) {
	l.checkShape(b, innerType(blockProcessing))
	for _, n := range limits() {
		if b.attribute(n.name) == nil {
			continue
		}
		if promised, ok := n.narrow(l, b, n.name, s, p); !ok && known {
			l.fail(b, b.at(n.name), "beyond_processor", fmt.Sprintf("%q is more than the processor promises", n.name),
				"It says %s. %s.%s promises %s, and a store file can only take away from that.", n.doc, d.Plugin, d.Driver, promised)
		}
	}
}

// checkProcessing refuses a store whose policy needs what its processor lacks.
func (l *loader) checkProcessing() {
	b := l.one(blockSettlement)
	var d *storedef.Device
	for i := range l.store.Devices {
		if l.store.Devices[i].Address == l.store.Settlement.Processor {
			d = &l.store.Devices[i]
		}
	}
	if d == nil || d.Processing == nil {
		return
	}
	l.checkLadder(b, d)
	l.checkRefunds(b, d)
	l.checkLookup(b, d)
	l.checkKeys(b, d)
	l.checkHolds(b, d)
}

// lack reports what a processor lacks: at the argument of its own block that
// takes it away, or else where the policy that needs it stands.
func (l *loader) lack(b *block, at hcl.Range, d *storedef.Device, arg, code, summary, detail string, args ...any) {
	if own := l.decoded[d.Address]; own != nil {
		for _, syntax := range own.syntax.Body.Blocks {
			if n := own.child(syntax); syntax.Type == blockProcessing && n.attribute(arg) != nil {
				b, at = n, n.at(arg)
			}
		}
	}
	l.fail(b, at, code, summary, "%s", fmt.Sprintf(detail, args...))
}

// checkLookup looks that a movement whose answer was lost can be found.
func (l *loader) checkLookup(b *block, d *storedef.Device) {
	p, at := d.Processing, b.at("processor")
	switch {
	case !p.LookupByKey && !p.LookupByReference:
		l.lack(b, at, d, "lookup_by_key", "no_lookup", "The processor can't say what became of a payment",
			"%s finds a movement neither by its key nor by a reference. Where an answer is lost nobody could tell whether money moved, and a store may not guess. Use another processor.", d.Address)
	case !p.LookupByKey && p.SavesErrors:
		l.lack(b, at, d, "lookup_by_key", "no_lookup", "The processor can't say what became of a hold",
			"%s gives an error again under its key, and finds a movement by reference alone: a hold whose answer was an error has none, and stays in doubt for ever. Use another processor.", d.Address)
	}
	if !p.PartialCapture {
		l.lack(b, at, d, "partial_capture", "no_partial_capture", "The processor captures whole holds only",
			"%s can't capture less than was held, and no visit costs just the hold. Use another processor.", d.Address)
	}
}

// checkRefunds warns of a processor of which a wrong line can't be given back.
func (l *loader) checkRefunds(b *block, d *storedef.Device) {
	p := d.Processing
	if p.PartialRefund && p.RefundWindow >= l.store.Receipt.ReviewWithin+storedef.Day {
		return
	}
	at, why := b.at("processor"), "gives back whole captures only"
	if p.RefundWindow < l.store.Receipt.ReviewWithin+storedef.Day {
		why = fmt.Sprintf("gives money back for %v only", p.RefundWindow)
	}
	l.warn(b, at, "no_line_refund", "A wrong line can't be given back by itself",
		"%s %s. Staff can then correct a receipt only as a whole, or by other means than the card.", d.Address, why)
}

// checkKeys looks that keys last as long as something is asked for again.
func (l *loader) checkKeys(b *block, d *storedef.Device) {
	p := d.Processing
	if p.KeyWindow < leastKeyWindow {
		l.lack(b, b.at("processor"), d, "key_window", "short_keys", "The processor's keys are too short-lived",
			"%s takes a key for the same movement for %v. What is asked for again after a lost answer needs at least %v, or it could be charged twice. Use another processor.",
			d.Address, p.KeyWindow, leastKeyWindow)
		return
	}
	if o := l.store.Settlement.Offline; o != nil && o.For > p.KeyWindow/100*keyShare {
		block, at := b, b.header()
		for _, syntax := range b.syntax.Body.Blocks {
			if n := b.child(syntax); syntax.Type == blockOffline && n.attribute("for") != nil {
				block, at = n, n.at("for")
			}
		}
		l.lack(block, at, d, "key_window", "offline_outlives_keys", "Offline sales outlive the processor's keys",
			"They are asked for under the same keys once the processor is back, up to %v later. %s takes a key for the same movement for %v, of which %d %% are used. Offline may last %v at most.",
			o.For, d.Address, p.KeyWindow, keyShare, p.KeyWindow/100*keyShare)
	}
}

// checkHolds looks that a hold lasts until the visit is paid for.
func (l *loader) checkHolds(b *block, d *storedef.Device) {
	p, e, r := d.Processing, l.store.Entry, l.store.Receipt
	need := e.MaxStay + r.ReviewWithin + holdMargin
	if need <= p.HoldLifetime {
		return
	}
	at := b.at("processor")
	for _, policy := range []struct{ block, argument string }{{blockReceipt, "review_within"}, {blockEntry, "max_stay"}} {
		if o := l.one(policy.block); o.attribute(policy.argument) != nil {
			b, at = o, o.at(policy.argument)
		}
	}
	l.lack(b, at, d, "hold_lifetime", "hold_too_short", "A hold may lapse before the visit is paid",
		"A visit may take %v (entry, max_stay), its review %v (receipt, review_within), and a hold is used up %v before it lapses: %v in all. Holds of %s last %v.",
		e.MaxStay, r.ReviewWithin, holdMargin, need, d.Address, p.HoldLifetime)
}
