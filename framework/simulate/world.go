package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/hcl/storedef"
)

// lastWords is how long after the last shopper left peace comes.
const lastWords = 8 * time.Second

// world is one run: a store, its devices, the people in it, its processor, and
// the host that runs it.
type world struct {
	seed  uint64
	base  time.Time
	tl    timeline
	trace trace
	story io.Writer

	noise  Noise
	faults faults
	net    network
	bug    Bug

	store     storedef.Store
	digests   int
	currency  string
	tagged    bool
	offers    bool      // it has promotions, and goods that not everybody may buy
	canteen   bool      // it has loose goods, and accounts of its own
	neat      bool      // sensors are perfect and nothing goes wrong
	prices    []pricing // as they came into force
	products  []*product
	devices   []*device
	byAddress map[string]*device
	gates     []*gate
	bays      []*bay
	processor *processor.Processor
	host      *host
	stale     *host
	witness   *witness.Witness
	check     *checker
	lying     bool // sensors may say what is not so
	desk      desk

	awaited    map[event.Ref][]*putting // by the report that tells of it
	visits     []*visit
	sessions   []*session
	live       []*session // those that are not closed
	present    []*visit   // with business that is not settled
	visitsLeft int
	visitOf    map[string]*visit
	byToken    map[string]*visit
	bodies     []*body
	tracks     int
	units      int

	netDice, diskDice *rand.Rand
	lied, lapsed      map[string]bool
	moved             map[string]bool // sessions whose money the bank moved
	noticed           map[string]bool // notices that are durable
	other             bool
	clockSkew         time.Duration
	peaceful          bool
	atPeace           time.Duration
	stop              bool
	restarts          int
	steps, calls      int
	deeds             int
	mints             int
	violations        []witness.Violation
	oldDefinition     storedef.Store
}

// pricing is the prices from a time on.
type pricing struct {
	from time.Duration
	unit map[*product]int64
}

// wall is a virtual instant on true clocks.
func (w *world) wall(t time.Duration) time.Time { return w.base.Add(t) }

// hostTime is the store's time.
func (w *world) hostTime() time.Time { return w.host.clock() }

func (w *world) hostOffset() time.Duration { return w.host.skew + w.host.ahead }

func (w *world) gateAt(address string) *gate {
	for _, g := range w.gates {
		if g.device.def.Address == address {
			return g
		}
	}
	return nil
}

func (w *world) priceNow(p *product) int64 { return w.priceAt(p, w.tl.now) }

// priceAt is what the label said at a time.
func (w *world) priceAt(p *product, at time.Duration) int64 {
	for i := len(w.prices) - 1; i >= 0; i-- {
		if w.prices[i].from <= at || i == 0 {
			return w.prices[i].unit[p]
		}
	}
	return p.price
}

// labels notes the prices that come into force.
func (w *world) labels(s *storedef.Store, from time.Duration) {
	unit := map[*product]int64{}
	for _, p := range w.products {
		for i := range s.Products {
			if s.Products[i].GTIN == p.gtin {
				unit[p] = s.Products[i].Price.Minor
			}
		}
	}
	w.prices = append(w.prices, pricing{from, unit})
}

func (w *world) violate(id, session, format string, args ...any) {
	if len(w.violations) < maxViolations {
		w.violations = append(w.violations, witness.Violation{ID: id, Session: session, At: w.hostTime(), Text: fmt.Sprintf(format, args...)})
	}
	if w.story != nil {
		w.tell("VIOLATION %s %s: %s", id, session, fmt.Sprintf(format, args...))
	}
}

// maxViolations bounds the list of one run.
const maxViolations = 32

// money are the facts that the witness hears.
var moneyFacts = map[string]bool{
	"session_opened": true, "payment_moved": true, "refund_moved": true, "posted": true, "house_posted": true, "cart_frozen": true, "receipt_issued": true,
	"session_closed": true, "debt_noted": true, "debt_cleared": true, "line_decided": true, "dispute_opened": true,
	"doubted": true, "dispute_decided": true, "chargeback_noted": true, "day_closed": true, "alarmed": true,
}

// durable is a record that can't be lost any more: the witness, the invariants
// and the screens at the gates learn of it.
func (w *world) durable(d *draft) {
	w.trace.number(uint64(d.at.UnixNano()))
	w.trace.text(event.InputName(d.in))
	w.check.record(d)
	switch in := d.in.(type) {
	case event.Notice:
		w.noticed[in.ID] = true
	case event.Evidence:
		w.hears(in.Ref(), d.facts)
	default: // of which nobody waits to hear
	}
	for _, f := range d.facts {
		name := event.FactName(f)
		w.trace.text(name)
		if a, ok := f.(event.Asked); (!ok || a.Ask.Operation == event.OpAdmit) && !moneyFacts[name] {
			continue
		}
		body, err := json.Marshal(f)
		if err != nil {
			w.violate("encoding", "", "%v", err)
			return
		}
		w.witness.Fact(w.wall(w.tl.now), name, body)
	}
	for _, f := range d.facts {
		w.screen(d.at, f)
	}
}

// screen is what people see of a fact.
func (w *world) screen(at time.Time, f event.Fact) {
	switch f := f.(type) {
	case event.SessionOpened:
		v := w.byToken[f.Token]
		if v != nil {
			w.visitOf[f.Session] = v
		}
		w.openSession(f.Session, v)
	case event.EntryRefused:
		v := w.byToken[f.Token]
		if v == nil {
			v = w.visitOf[f.Session]
		}
		if v != nil && v.gate.presenting == v {
			v.refused(v.gate, string(f.Code))
		}
	case event.CartFrozen:
		if v := w.visitOf[f.Session]; v != nil {
			w.closeCart(v.token)
		}
	case event.SessionClosed:
		w.closeSession(f.Session)
		if v := w.visitOf[f.Session]; v != nil {
			v.settled = true
			w.present = slices.DeleteFunc(w.present, func(o *visit) bool { return o == v && o.over })
		}
	case event.ReceiptIssued:
		w.desk.reads(&f.Receipt)
	case event.Adopted:
		w.labels(&f.Definition.Store, at.Sub(w.base)-w.hostOffset())
	default: // nobody sees it
	}
}

// checkAdmission holds a command to a gate against what is durable: G3, G4.
func (w *world) checkAdmission(a *event.Ask) {
	if !w.witness.Standing(a.Session) {
		w.violate("G4", a.Session, "the gate is opened for a session without a durable hold")
	}
	if a.Expires == nil || a.Expires.Sub(w.hostTime()) > storedef.DefaultAdmitWithin {
		w.violate("G3", a.Session, "an admission that does not end soon")
	}
}

// outOfService takes a device out of service and opens it again after a while.
func (w *world) outOfService(d *device, after time.Duration, state event.DeviceState, cause string) {
	d.end()
	d.w.host.put(d.def.Address, event.DeviceStatus{Device: d.def.Address, Epoch: d.epoch, State: state, Cause: cause})
	opening := d.opening
	w.host.later(after, func() {
		if d.opening == opening && !d.absent {
			w.open(d, event.StateClaiming)
		}
	})
}

// open opens a device under a new epoch, as package devices does.
func (w *world) open(d *device, first event.DeviceState) {
	h := w.host
	if !h.up || d.absent {
		return
	}
	d.end()
	epoch := h.nextEpoch()
	if first != "" {
		h.put(d.def.Address, event.DeviceStatus{Device: d.def.Address, Epoch: epoch, State: first})
	}
	opening := d.opening
	h.later(between(d.dice, 30*time.Millisecond, 300*time.Millisecond), func() {
		if d.opening != opening || d.absent {
			return
		}
		h.put(d.def.Address, event.DeviceStatus{Device: d.def.Address, Epoch: epoch, State: event.StateReady})
		d.begin(epoch)
		if d.def.Class == storedef.ClassPayment {
			w.witness.Troubled("", w.wall(w.tl.now))
		}
	})
}

// startHost brings the host up, or has it tried again.
func (w *world) startHost() {
	if w.host.up || w.stop {
		return
	}
	w.restarts++
	if w.host.disk.full && !w.peaceful && !w.faults.over {
		w.tookAll(FD1)
		w.tl.after(between(w.diskDice, 2*time.Second, 20*time.Second), func() {
			w.host.disk.full = w.faults.dice[FD1].IntN(3) == 0
			w.startHost()
		})
		return
	}
	if w.hit(FD9, 200_000) {
		w.tookAll(FD9)
		w.tl.after(between(w.diskDice, 2*time.Second, 20*time.Second), w.startHost)
		return
	}
	w.host.skew = w.clockSkew
	if err := w.host.start(w.store, itoa(w.digests)); err != nil {
		w.person(err)
		return
	}
	if !w.host.up {
		return
	}
	w.witness.Troubled("", w.wall(w.tl.now))
	for _, d := range w.devices {
		w.open(d, event.StateClaiming)
	}
}

// person brings back what the disk lost, once the host has refused it.
func (w *world) person(err error) {
	d := w.host.disk
	switch {
	case errors.Is(err, errFlipped):
		w.tookAll(FD6)
	case errors.Is(err, errOlder):
		w.tookAll(FD7)
	default:
		w.violate("M12", "", "the host can't start: %v", err)
		w.stop = true
		return
	}
	w.tl.after(between(w.diskDice, 5*time.Second, 5*time.Minute), func() {
		d.flipped, d.older = 0, 0
		w.startHost()
	})
}

// crash ends the host now and has it started again.
func (w *world) crash(survives bool, down time.Duration) {
	if !w.host.up {
		return
	}
	w.host.crash(survives)
	w.downFor(down)
}

func (w *world) downFor(down time.Duration) {
	if w.story != nil {
		w.tell("the host is gone for %s", down)
	}
	w.witness.Troubled("", w.wall(w.tl.now))
	w.tl.after(down, w.startHost)
}

// crashHere draws whether the host dies at this very instant.
func (w *world) crashHere(id FaultID, ppm int) bool {
	if w.peaceful || !w.hit(id, ppm) {
		return false
	}
	w.tookAll(id)
	r := w.faults.dice[id]
	w.crash(r.IntN(2) == 0, downTime(r))
	return true
}

func downTime(r *rand.Rand) time.Duration {
	if r.IntN(12) == 0 {
		return between(r, time.Minute, 10*time.Minute)
	}
	return between(r, 200*time.Millisecond, 4*time.Second)
}

// diskFails draws whether the write under way fails; the host stops then.
func (w *world) diskFails() bool {
	if w.peaceful {
		return false
	}
	for _, id := range [...]FaultID{FD1, FD2, FD3, FD4, FD5} {
		if !w.hit(id, 400) {
			continue
		}
		w.tookAll(id)
		r := w.faults.dice[id]
		w.host.disk.full = id == FD1
		w.crash((id == FD3 || id == FD5) && r.IntN(2) == 0, downTime(r))
		return true
	}
	return false
}

// peace ends all that goes wrong, so that everything can come to rest.
func (w *world) peace() {
	if w.peaceful {
		return
	}
	w.peaceful, w.faults.over, w.atPeace = true, true, w.tl.now
	if w.story != nil {
		w.tell("peace")
	}
	if c := w.byAddress[processorAddress]; w.net.offline > w.tl.now && c.open && w.host.up {
		w.host.put(c.def.Address, event.DeviceStatus{Device: c.def.Address, Epoch: c.epoch, State: event.StateReady})
	}
	w.net = network{}
	d := w.host.disk
	d.full, d.flipped, d.older = false, 0, 0
	if w.stale != nil {
		w.stale.halt()
		w.stale = nil
	}
	w.endChanges()
	for _, b := range w.bays {
		b.stuck = false
	}
	w.startHost()
	for _, d := range w.devices {
		d.blind = false
		if !d.open && !d.absent && w.host.up {
			w.open(d, event.StateClaiming)
		}
	}
	w.witness.Troubled("", w.wall(w.tl.now))
}
