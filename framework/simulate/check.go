package simulate

import (
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// checker holds each durable record against the invariants of session, cart,
// fairness and gate. Those of money are the witness's.
type checker struct {
	w        *world
	open     map[string]string // session by token
	tokens   map[string]string // token by session
	staff    map[string]bool
	frozen   map[string]bool
	last     map[string]observe.Serial
	seen     map[string]map[uint64]uint64 // newest report by device and epoch
	takes    map[string][]taking
	tags     map[string]map[gs1.GTIN]int
	devices  map[string]event.DeviceState
	index    *storedef.Index
	admitted map[string]string // ask by admission
	out      map[gs1.GTIN]int  // taken and not returned
	clocks   clocks            // the host's
}

// taking is units that a session was found to have taken.
type taking struct {
	gtin gs1.GTIN
	n    int
	at   time.Time
}

func newChecker(w *world) *checker {
	return &checker{w: w, open: map[string]string{}, tokens: map[string]string{}, staff: map[string]bool{}, frozen: map[string]bool{},
		last: map[string]observe.Serial{}, seen: map[string]map[uint64]uint64{}, takes: map[string][]taking{}, tags: map[string]map[gs1.GTIN]int{},
		devices: map[string]event.DeviceState{}, admitted: map[string]string{}, out: map[gs1.GTIN]int{}}
}

func (c *checker) record(d *draft) {
	c.clocks.note(c.w.tl.now, c.w.hostOffset())
	if e, ok := d.in.(event.Evidence); ok {
		c.once(&e, d.facts)
	}
	for _, f := range d.facts {
		c.fact(f)
	}
	if c.w.lying {
		return // what is counted is what sensors make up
	}
	for _, f := range d.facts { // once all of it is known: what one takes another may put back in one record
		if t, ok := f.(event.Taken); ok && c.out[t.GTIN] > c.w.units {
			c.w.violate("S2", t.Session, "more of %s is in carts than there ever was", t.GTIN)
		}
	}
}

// once checks that a report is applied once: S4.
func (c *checker) once(e *event.Evidence, facts []event.Fact) {
	if len(facts) == 1 {
		if _, aside := facts[0].(event.Quarantined); aside {
			return // it was never applied
		}
	}
	if e.Serial.Compare(c.last[e.Device]) <= 0 {
		for _, f := range facts {
			if _, ok := f.(event.Ignored); !ok {
				c.w.violate("S4", "", "report %s is applied a second time: %s", e.Ref(), event.FactName(f))
				return
			}
		}
		return
	}
	c.last[e.Device] = e.Serial
	m := c.seen[e.Device]
	if m == nil {
		m = map[uint64]uint64{}
		c.seen[e.Device] = m
	}
	m[e.Epoch] = e.Seq
}

func (c *checker) fact(f event.Fact) {
	switch f := f.(type) {
	case event.Adopted:
		c.index = storedef.NewIndex(f.Definition.Store)
	case event.DeviceChanged:
		c.devices[f.Device] = f.State
	case event.HostAway:
		clear(c.devices)
	case event.SessionOpened:
		if old := c.open[f.Token]; old != "" {
			c.w.violate("S1", f.Session, "the same credential has session %s open", old)
		}
		c.open[f.Token], c.tokens[f.Session], c.staff[f.Session] = f.Session, f.Token, f.Staff
	case event.SessionEnded:
		if token := c.tokens[f.Session]; c.open[token] == f.Session {
			delete(c.open, token)
		}
	case event.Asked:
		c.asked(f)
	case event.Taken:
		c.taken(f)
	case event.Returned:
		c.moved(&f.Move)
		c.out[f.GTIN] -= f.Quantity
	case event.Doubted:
		if f.Put && len(f.Candidates) > 0 { // perhaps it is on the shelf again
			c.out[f.Candidates[0].GTIN] -= f.Candidates[0].Quantity
		}
	case event.Outage:
		c.returned(f.Levels)
	case event.TagLeft:
		for _, id := range f.Sessions {
			if c.tags[id] == nil {
				c.tags[id] = map[gs1.GTIN]int{}
			}
			c.tags[id][f.GTIN]++
		}
	case event.CartFrozen:
		c.freeze(f)
	case event.ReceiptIssued:
		if f.Receipt.Version == 1 {
			c.receipt(&f.Receipt)
		}
	case event.SessionClosed:
		delete(c.takes, f.Session)
		delete(c.tags, f.Session)
	default: // nothing to hold against it
	}
}

// asked checks what is asked of devices: nothing but leave to come in is ever
// asked of a gate, each once.
func (c *checker) asked(f event.Asked) {
	a := &f.Ask
	gate := c.w.gateAt(a.Device) != nil
	switch {
	case gate && a.Operation != event.OpAdmit:
		c.w.violate("G2", a.Session, "a gate is asked to %s", a.Operation)
	case !gate && a.Operation == event.OpAdmit:
		c.w.violate("G4", a.Session, "%s is asked to let somebody in", a.Device)
	case gate:
		if other := c.admitted[a.Admission]; other != "" && other != a.ID || a.Admission == "" {
			c.w.violate("G3", a.Session, "admission %s is used twice", a.Admission)
		}
		c.admitted[a.Admission] = a.ID
	}
}

func (c *checker) moved(m *event.Move) {
	if c.frozen[m.Session] {
		c.w.violate("S5", m.Session, "%s %s changes a cart that is closed", m.GTIN, m.Bay)
	}
	c.evidence(m.Session, m.Evidence)
}

// evidence checks that reports which are named were heard: F5.
func (c *checker) evidence(session string, refs []event.Ref) {
	if len(refs) == 0 {
		c.w.violate("F5", session, "a decision without evidence")
	}
	for _, r := range refs {
		if r.Seq > c.seen[r.Device][r.Epoch] {
			c.w.violate("F5", session, "a decision rests on %s, which nobody reported", r)
		}
	}
}

// taken checks what is sure to be charged: F1 and F2.
func (c *checker) taken(f event.Taken) {
	c.moved(&f.Move)
	c.takes[f.Session] = append(c.takes[f.Session], taking{f.GTIN, f.Quantity, f.Span.Settled})
	c.out[f.GTIN] += f.Quantity
	least := c.index.Store.Attribution.ChargeAbove
	if !c.well(f.Bay) {
		least += least.Complement() / 2
	}
	if f.Probability < least {
		c.w.violate("F1", f.Session, "%s is charged at %d ppm, below %d", f.GTIN, f.Probability, least)
	}
	kinds := slices.Compact(slices.Sorted(slices.Values(f.Kinds)))
	if len(kinds) < 2 && !c.certified(f.Bay, f.GTIN) {
		c.w.violate("F1", f.Session, "%s is charged by %v alone", f.GTIN, kinds)
	}
	if f.Probability < storedef.FloorChargeAbove || f.Probability > measure.Certain {
		c.w.violate("F2", f.Session, "%s is charged at %d ppm", f.GTIN, f.Probability)
	}
}

// well reports whether all that tells of a bay is at its best.
func (c *checker) well(bay string) bool {
	shelf := c.index.Shelf(bay)
	if shelf == nil {
		return false
	}
	return c.devices[shelf.Address] == event.StateReady && c.devices[cameraAddress] == event.StateReady
}

func (c *checker) certified(bay string, g gs1.GTIN) bool {
	b, p := c.index.Bay(bay), c.index.Product(g)
	return b != nil && storedef.Suffices(observe.KindWeight, b.Certified) || p != nil && storedef.Suffices(observe.KindWeight, p.Certified)
}

// freeze checks that a cart holds no more than was found: F1, S3.
func (c *checker) freeze(f event.CartFrozen) {
	c.frozen[f.Session] = true
	for _, l := range f.Lines {
		found := c.tags[f.Session][l.GTIN]
		for _, t := range c.takes[f.Session] {
			if t.gtin == l.GTIN {
				found += t.n
			}
		}
		if l.Quantity > found || l.Quantity <= 0 {
			c.w.violate("F1", f.Session, "%d of %s are in the cart, %d were found", l.Quantity, l.GTIN, found)
		}
		for _, why := range l.Why {
			c.evidence(f.Session, why.Evidence)
		}
	}
}

// receipt checks prices: S6. Each unit costs what it did when it was picked, or
// less. Units of one product may be on several lines, by what they cost; of one that
// nobody saw taken, such as by its tag alone, the price at the end is asked at the most.
func (c *checker) receipt(r *event.Receipt) {
	units, cost := map[gs1.GTIN]int{}, map[gs1.GTIN]int64{}
	for _, l := range r.Lines {
		if l.Per != "" {
			c.weighed(r, &l)
			continue
		}
		units[l.GTIN] += l.Quantity
		cost[l.GTIN] += l.Amount.Minor
	}
	for _, g := range slices.Sorted(maps.Keys(units)) {
		var prices []int64
		for _, t := range c.takes[r.Session] {
			for range t.n {
				if t.gtin == g {
					prices = append(prices, c.priceAt(g, t.at))
				}
			}
		}
		now, most := c.priceAt(g, r.Closed), int64(0)
		slices.Sort(prices)
		for i := range units[g] {
			p := now
			if n := len(prices) - 1 - i; n >= 0 {
				p = min(p, prices[n])
			}
			most += p
		}
		if cost[g] > most {
			c.w.violate("S6", r.Session, "%d of %s cost %d, at the prices when they were picked %d", units[g], g, cost[g], most)
		}
	}
}

// priceAt is a price at a time of the host's.
func (c *checker) priceAt(g gs1.GTIN, at time.Time) int64 {
	for _, p := range c.w.products {
		if p.gtin == g {
			return c.w.priceAt(p, c.clocks.real(at.Sub(c.w.base), c.w.tl.now))
		}
	}
	return 0
}

// returned counts what came back onto bays while nobody heard of it: whose it was the core
// can't know, but it is in nobody's cart any more.
func (c *checker) returned(levels []event.LevelGap) {
	for _, l := range levels {
		i := slices.IndexFunc(c.w.bays, func(b *bay) bool { return b.address == l.Bay })
		if l.After == nil || i < 0 {
			continue
		}
		rise := int64(*l.After - l.Before) // milligrams, as a product's
		for _, p := range c.w.bays[i].facings {
			if n := (rise + p.mass/2) / p.mass; n > 0 && !p.loose {
				c.out[p.gtin] -= int(n)
			}
		}
	}
}
