package simulate

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
)

const (
	// restFor is how long after peace everything must have come to rest.
	restFor = 4 * 24 * time.Hour
	// quietAfter is how long after peace a run may end where nothing is left to do.
	quietAfter = 30 * time.Minute
	// quietLate is the same where money was taken back after a visit, which is
	// asked for again by policy.
	quietLate = 60 * time.Hour
	// lastPeace is how long after the last arrival peace comes at the latest.
	lastPeace = 2 * time.Hour
	// resolveWithin is how soon what became of a movement must be found out once
	// nothing is in the way.
	resolveWithin = 15 * time.Minute
	// faultySession is how many faults a session must have met to be counted as
	// one with faults.
	faultySession = 5
	// mostTurnedAway is how often a party comes back to a store that is dark.
	mostTurnedAway = 40
	// mostDeeds and mostSteps end a run that goes round in circles.
	mostDeeds = 400_000
	mostSteps = 60_000
	// drawsDecline is one in so many cards that have little on them.
	drawsDecline = 12
)

// Options say what to run. The zero value is a run without noise or faults.
type Options struct {
	Noise  Noise
	Faults Choice
	// Visits is how many parties come; zero draws it.
	Visits int
	// Offers gives stores promotions, and goods that not everybody may buy.
	Offers bool
	// Canteen gives stores loose goods by the kilogram, and accounts of their own
	// for badges and meal plans.
	Canteen bool
	// Bug is a mistake put into the model of the host.
	Bug Bug
	// Story is told what happens, line by line; nil for silence.
	Story io.Writer
	// Alone has parties come one after the other.
	Alone bool
}

// Result is what one run came to.
type Result struct {
	Seed       uint64              `json:"seed"`
	Trace      string              `json:"trace"`
	Tally      witness.Tally       `json:"tally"`
	Violations []witness.Violation `json:"violations"`
	// Faulted are the sessions that met at least five faults.
	Faulted  int             `json:"faulted"`
	Faults   [faultCount]int `json:"-"`
	Visits   int             `json:"visits"`
	Virtual  time.Duration   `json:"-"`
	Steps    int             `json:"steps"`
	Calls    int             `json:"calls"`
	Restarts int             `json:"restarts"`
	Lies     int             `json:"lies"`
	// Wrong are the receipts that are not exact.
	Wrong []witness.Wrong `json:"wrong,omitempty"`
}

// Run runs one seed.
func Run(seed uint64, o Options) (res Result) {
	w := newWorld(seed, o)
	defer func() {
		if r := recover(); r != nil {
			w.violate("panic", "", "the simulation itself panicked: %v", r)
			res = w.result()
			if o.Story != nil {
				panic(r)
			}
		}
	}()
	w.begin(o)
	for !w.stop && w.tl.next(1<<62) {
		if w.peaceful && w.tl.now > w.atPeace+w.quietAfter() && w.quiet() {
			break
		}
		if w.peaceful && w.tl.now > w.atPeace+restFor && w.host.up && w.host.state.Open() == 0 && len(w.host.state.Asks) == 0 {
			w.host.turn()
			break
		}
		if w.peaceful && w.tl.now > w.atPeace+restFor {
			w.violate("liveness", "", "it does not come to rest: %d sessions are open, %d asks out", w.host.state.Open(), len(w.host.state.Asks))
			break
		}
		if w.deeds++; w.deeds > mostDeeds || w.steps > mostSteps {
			w.violate("liveness", "", "it does not come to rest in %d steps", w.steps)
			break
		}
	}
	w.end()
	return w.result()
}

func (w *world) quietAfter() time.Duration {
	if len(w.moved) > 0 {
		return quietLate
	}
	return quietAfter
}

// quiet reports whether nothing is left to do for anybody.
func (w *world) quiet() bool {
	h := w.host
	return h.up && !h.busy && h.state.Open() == 0 && len(h.state.Asks) == 0 && h.waiting == 0 && len(h.answers) == 0 && !w.refunding()
}

// refunding reports whether a refund is under way that waits for its time.
func (w *world) refunding() bool {
	if !w.desk.on {
		return false
	}
	for _, p := range w.host.state.Settlement.Sales {
		for i := range p.Refunds {
			if p.Refunds[i].State == event.RefundRefunding {
				return true
			}
		}
	}
	return false
}

func newWorld(seed uint64, o Options) *world {
	w := &world{seed: seed, story: o.Story, noise: o.Noise, bug: o.Bug, trace: fnvOffset, byAddress: map[string]*device{},
		awaited: map[event.Ref][]*putting{}, visitOf: map[string]*visit{}, byToken: map[string]*visit{}, lied: map[string]bool{}, lapsed: map[string]bool{}, noticed: map[string]bool{}, moved: map[string]bool{},
		netDice: stream(seed, "network"), diskDice: stream(seed, "disk")}
	if w.noise.Name == "" {
		w.noise = noNoise()
	}
	w.chooseFaults(o.Faults)
	w.openDesk(o.Faults)
	w.neat = w.noise.Name == "none" && w.faults.on == [faultCount]bool{}
	w.drawStore()
	var offers []witness.Offer
	if w.offers = o.Offers; w.offers {
		offers = w.drawOffers(&w.store)
	}
	rules := witness.Rules{Offers: offers, OverCapture: w.processor.Caps.OverCapture, ResolveWithin: resolveWithin, EndEarly: 24 * time.Hour}
	if w.canteen = o.Canteen; w.canteen {
		w.drawCanteen(&w.store)
		rules.Rounding, rules.Division, rules.Doubts = roundings[w.store.Receipt.Rounding], grain, true
	}
	if off := w.store.Settlement.Offline; off != nil {
		rules.PerSale, rules.Total = off.PerSale.Minor, off.Total.Minor
	}
	w.lying = w.sensorsLie()
	rules.NeverOver = w.noise.Name == "none" && !w.lying
	rules.Exact = rules.NeverOver && w.neat
	w.witness = witness.New(rules)
	w.check = newChecker(w)
	w.listen()
	return w
}

// sensorsLie reports whether a fault is on that has a sensor say what is not so.
func (w *world) sensorsLie() bool {
	for _, id := range [...]FaultID{FV1, FV2, FV3, FV5, FC2} {
		if w.faults.on[id] {
			return true
		}
	}
	return false
}

// begin plans the run: the host, the shoppers, the faults.
func (w *world) begin(o Options) {
	r := stream(w.seed, "shoppers")
	d := &disk{encoded: stream(w.seed, "encoding").IntN(6) == 0}
	w.host = newHost(w, "first", d)
	w.drawClocks()
	w.startHost()
	n := o.Visits
	if n == 0 {
		n = 10 + r.IntN(16)
	}
	at, gap := 8*time.Second, between(r, 5*time.Second, 40*time.Second)
	if o.Alone {
		gap = 2 * time.Minute
	}
	w.visitsLeft = n
	for i := range n {
		v := w.newVisit(i, r)
		w.visits = append(w.visits, v)
		w.tl.at(at, func() { w.arrive(v) })
		at += between(r, gap/2, gap*3/2)
	}
	w.plan(at)
	w.tl.at(at+lastPeace, w.peace) // whoever is still about then is left to the store
}

// arrive has a party come to its gate. Somebody who is in can't come again, and
// nobody comes to a store that is dark.
func (w *world) arrive(v *visit) {
	if c := w.byAddress[processorAddress]; (!w.host.up || !c.open || w.net.offline > w.tl.now+time.Minute) && !w.peaceful && v.turnedAway < mostTurnedAway {
		v.turnedAway++
		w.tl.after(between(v.dice, 3*time.Second, 15*time.Second), func() { w.arrive(v) })
		return
	}
	if old := w.byToken[v.token]; old != nil && !old.over {
		v.token += "-" + itoa(v.number)
		v.staff = false
	}
	w.byToken[v.token] = v
	if !v.staff {
		card := processor.MakeCard(v.token)
		if stream(w.seed, "card "+v.token).IntN(drawsDecline) == 0 {
			card.Limit = w.store.Settlement.Hold.Minor / 2
		}
		if w.processor.CardOf(v.token) == nil {
			w.processor.Issue(v.token, card)
		}
	}
	w.present = append(w.present, v)
	v.gate.arrive(v)
}

// drawClocks makes device clocks differ, where that is a fault that is on, and
// sees to it that the crossing of a day or an hour is counted.
func (w *world) drawClocks() {
	if w.faults.on[FC2] && w.faults.due(FC2) {
		r := w.faults.dice[FC2]
		for _, d := range w.devices {
			d.skew = time.Duration(r.Int64N(int64(10*time.Minute))) - 5*time.Minute
			d.off = time.Duration(r.Int64N(int64(400*time.Millisecond))) - 200*time.Millisecond
		}
		w.tl.at(20*time.Second, func() { w.tookAll(FC2) })
	}
	if w.faults.on[FC3] {
		w.tl.at(5*time.Minute, func() {
			if !w.faults.over {
				w.tookAll(FC3)
			}
		})
	}
}

// end judges the run.
func (w *world) end() {
	if w.stop {
		return
	}
	if !w.host.up {
		w.violate("liveness", "", "the host is down at the end")
		return
	}
	w.host.checkMemory()
	if n := w.host.state.Open(); n > 0 || len(w.host.state.Asks) > 0 {
		w.violate("liveness", "", "%d sessions are open and %d asks out, and nothing will happen any more", n, len(w.host.state.Asks))
	}
	visits := make([]witness.Visit, len(w.visits))
	for i, v := range w.visits {
		visits[i] = v.truth()
	}
	w.witness.Judge(visits, w.lied)
	w.export()
	if w.story != nil {
		w.tellTruth()
	}
	w.reconcile()
	if b, err := w.host.state.Encode(); err == nil {
		w.trace.text(string(b))
	}
}

func (w *world) result() Result {
	r := Result{Seed: w.seed, Trace: fmt.Sprintf("%016x", uint64(w.trace)), Faults: w.faults.count, Visits: len(w.visits), Virtual: w.tl.now,
		Steps: w.steps, Calls: w.calls, Restarts: w.restarts, Lies: len(w.lied)}
	r.Violations = slices.Concat(w.violations, w.witness.Violations)
	r.Tally, r.Wrong = w.witness.Tally(), w.witness.Wrong
	for _, s := range w.sessions {
		if s.faults >= faultySession {
			r.Faulted++
		}
	}
	return r
}
