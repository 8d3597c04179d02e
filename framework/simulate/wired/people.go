package wired

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// patience is how long somebody waits at a gate that says nothing: until no tap
	// of theirs can open it any more. That is the ten seconds by which a tap may be
	// late, the time that a payment has, and that of an admission. MostTaps is how
	// often they try.
	patience = 10*time.Second + 2*storedef.DefaultAdmitWithin + 5*time.Second
	mostTaps = 3
	// mostDark is how often somebody comes back to a reader that is dark.
	mostDark = 400
	// firstStep is the time from the opened gate to the body in its lane, and
	// nextParty how long after that the next steps up.
	firstStep = 700 * time.Millisecond
	nextParty = 1500 * time.Millisecond
	// laneGap is how long after one body another party's leaves.
	laneGap = 3 * time.Second
	// basket is the most that one visit takes.
	basket = 6
)

// lane is a gate and its reader. Its way out is always free.
type lane struct {
	w                *world
	zone             string
	passages, reader *sensor
	names            bool // whether passages name their admission
	turn             chan struct{}

	// The world's lock guards the rest.
	presenting *visit
	seen       map[string]bool // admissions that opened it
	lastOut    time.Time
	dice       *rand.Rand
}

// Admit is the host's command, as it arrives at the gate.
func (g *lane) Admit(ctx context.Context, a gate.Admission) error {
	w := g.w
	w.mu.Lock()
	w.checkAdmission(a)
	stuck, hangs, mute := w.hit(gateStuck), w.hit(gateHangs), w.hit(gateMute)
	switch {
	case g.seen[a.Session]:
	case !time.Now().Before(a.Expires):
		w.mu.Unlock()
		return fault.New(fault.Refused, "the admission has expired")
	case stuck:
		w.took(gateStuck)
		w.mu.Unlock()
		return fault.New(fault.Unavailable, "the flap is stuck")
	case hangs && g.dice.IntN(2) == 0: // and stays closed
	default:
		g.open(a)
	}
	switch {
	case hangs:
		w.took(gateHangs)
		w.mu.Unlock()
		<-ctx.Done()
		return fault.Wrap(fault.Unknown, "wait for the flap", ctx.Err())
	case mute:
		w.took(gateMute)
		w.mu.Unlock()
		return fault.New(fault.Unknown, "the flap reports no position")
	}
	w.mu.Unlock()
	return nil
}

// open lets in who stands before it. The world's lock is held.
func (g *lane) open(a gate.Admission) {
	g.seen[a.Session] = true
	if v := g.presenting; v != nil {
		select {
		case v.admitted <- a.Session:
		default:
		}
	}
}

// passage is a body in the lane.
func (g *lane) passage(dir observe.Direction, admission string) {
	if !g.names {
		admission = ""
	}
	g.passages.say(func(now time.Time) observe.Evidence {
		return observe.Passage{Interval: observe.Between(now.Add(-300*time.Millisecond), now), Direction: dir, Admission: admission}
	})
}

// visit is one shopper: what they want, what they do, and what they really owe.
type visit struct {
	w           *world
	number      int
	token       string
	arrives     time.Duration
	emptyHanded bool
	dice        *rand.Rand
	gate        *lane
	admitted    chan string

	// The world's lock guards the rest.
	entered bool
	left    time.Time
	units   map[*product]int
}

// body is the shopper in the store. The world's lock guards it.
type body struct {
	track observe.Track
	zone  string
}

// newVisit makes up a shopper. The world's lock is held.
func (w *world) newVisit(number int, arrives time.Duration) *visit {
	v := &visit{w: w, number: number, arrives: arrives, token: fmt.Sprint("tok-", number), dice: stream(w.seed, fmt.Sprint("visit ", number)),
		admitted: make(chan string, 1), units: map[*product]int{}}
	v.emptyHanded = v.dice.IntN(8) == 0
	v.gate = w.gates[v.dice.IntN(len(w.gates))]
	card := processor.MakeCard(v.token)
	if v.dice.IntN(12) == 0 {
		card.Limit = w.store.Settlement.Hold.Minor / 2
	}
	w.processor.Issue(v.token, card)
	return v
}

func (v *visit) pause(least, most time.Duration) { time.Sleep(between(v.dice, least, most)) }

// live is the whole of a visit.
func (v *visit) live() {
	w, g := v.w, v.gate
	time.Sleep(v.arrives)
	g.turn <- struct{}{}
	w.mu.Lock()
	g.presenting = v
	w.mu.Unlock()
	admission, in := v.tap()
	if in {
		time.Sleep(firstStep)
	}
	w.mu.Lock()
	g.presenting = nil
	v.entered = in
	w.tell("truth: %s is in: %v", v.token, in)
	w.mu.Unlock()
	if in {
		g.passage(observe.DirectionIn, admission)
	}
	w.work.Go(func() {
		time.Sleep(nextParty)
		<-g.turn
	})
	if in {
		v.shop()
	}
}

// tap presents the card until the gate opens, or patience is over.
func (v *visit) tap() (admission string, in bool) {
	w := v.w
	for taps, dark := 0, 0; taps < mostTaps && dark < mostDark; {
		heard := v.gate.reader.say(v.credential)
		if !heard {
			dark++
			v.pause(2*time.Second, 6*time.Second)
			continue
		}
		taps++
		w.mu.Lock()
		twice := w.hit(readerRepeats)
		if twice {
			w.took(readerRepeats)
		}
		w.mu.Unlock()
		if twice {
			v.pause(100*time.Millisecond, time.Second)
			v.gate.reader.say(v.credential)
		}
		t := time.NewTimer(patience)
		select {
		case admission = <-v.admitted:
			t.Stop()
			return admission, true
		case <-t.C:
		}
	}
	return "", false
}

func (v *visit) credential(now time.Time) observe.Evidence {
	return observe.Credential{Interval: observe.At(now), Token: v.token, Method: observe.MethodPalm, Quality: 995_000, Bodies: 1}
}

// shop is the visit inside.
func (v *visit) shop() {
	w := v.w
	w.mu.Lock()
	w.tracks++
	b := &body{track: observe.Track(fmt.Sprint("t", w.tracks)), zone: v.gate.zone}
	w.bodies[b] = true
	w.mu.Unlock()
	v.seen(b, observe.PhaseBegan)
	v.pause(500*time.Millisecond, 2*time.Second)
	for range 1 + v.dice.IntN(4) {
		v.stop(b)
		v.pause(500*time.Millisecond, 3*time.Second)
	}
	for v.emptyHanded && v.putBack(b) {
		v.pause(500*time.Millisecond, 3*time.Second)
	}
	v.leave(b)
}

func (v *visit) seen(b *body, phase observe.Phase) {
	v.w.sensors[cameraAddress].say(func(now time.Time) observe.Evidence {
		v.w.mu.Lock()
		defer v.w.mu.Unlock()
		return observe.Presence{Interval: observe.At(now), Track: b.track, Zone: b.zone, Phase: phase}
	})
}

func (v *visit) walk(b *body, zone string) {
	if b.zone == zone {
		return
	}
	v.pause(1500*time.Millisecond, 4*time.Second)
	v.w.mu.Lock()
	b.zone = zone
	v.w.mu.Unlock()
	v.seen(b, observe.PhasePresent)
}

func (v *visit) stop(b *body) {
	if x := v.dice.IntN(100); x < 15 && v.putBack(b) {
		return
	}
	y := v.w.bays[v.dice.IntN(len(v.w.bays))]
	browse := v.dice.IntN(12) == 0
	v.reach(b, y, func() (observe.Action, int) {
		n := 1
		if v.dice.IntN(4) == 0 {
			n = 2
		}
		held := 0
		for _, k := range v.units {
			held += k
		}
		if n = min(n, y.units, basket-held); browse || n <= 0 {
			return observe.ActionTouch, 0
		}
		y.units -= n
		v.units[y.product] += n
		return observe.ActionTake, n
	})
}

// putBack puts one thing back where it belongs, and reports whether there was one.
func (v *visit) putBack(b *body) bool {
	for _, y := range v.w.bays {
		if v.units[y.product] == 0 {
			continue
		}
		v.reach(b, y, func() (observe.Action, int) {
			v.units[y.product]--
			y.units++
			return observe.ActionPut, 1
		})
		return true
	}
	return false
}

// reach is a hand at a bay.
func (v *visit) reach(b *body, y *bay, do func() (observe.Action, int)) {
	w := v.w
	v.walk(b, y.zone)
	v.pause(500*time.Millisecond, 2*time.Second)
	for {
		w.mu.Lock()
		if y.touch() {
			break
		}
		w.mu.Unlock()
		time.Sleep(settle)
	}
	onset := time.Now()
	action, n := do()
	w.tell("truth: %s: %s %d at %s, %d are left", v.token, action, n, y.address, y.units)
	w.mu.Unlock()
	v.pause(500*time.Millisecond, 1200*time.Millisecond)
	w.mu.Lock()
	y.release()
	w.mu.Unlock()
	w.sensors[cameraAddress].say(func(now time.Time) observe.Evidence {
		i := observe.Interaction{Interval: observe.Between(onset, now), Track: b.track, At: y.address, Action: action, Confidence: measure.Certain}
		if action != observe.ActionTouch {
			i.Quantity, i.Candidates = n, []observe.Candidate{{GTIN: y.product.gtin, Probability: measure.Certain}}
		}
		return i
	})
}

// leave walks out. Nobody is asked for leave.
func (v *visit) leave(b *body) {
	w, g := v.w, v.gate
	v.walk(b, g.zone)
	v.pause(500*time.Millisecond, 1500*time.Millisecond)
	for {
		w.mu.Lock()
		wait := laneGap - time.Since(g.lastOut)
		if g.lastOut.IsZero() || wait <= 0 {
			break
		}
		w.mu.Unlock()
		time.Sleep(wait + time.Millisecond)
	}
	g.lastOut, v.left = time.Now(), time.Now()
	delete(w.bodies, b)
	w.tell("truth: %s is out", v.token)
	w.mu.Unlock()
	v.seen(b, observe.PhaseEnded)
	g.passage(observe.DirectionOut, "")
}

// truth is what the shopper owes. The world's lock is held.
func (v *visit) truth() witness.Visit {
	t := witness.Visit{Number: v.number, Token: v.token, Left: v.left, Entered: v.entered}
	for _, p := range v.w.products {
		if n := v.units[p]; n > 0 {
			t.Items = append(t.Items, witness.Item{GTIN: string(p.gtin), Quantity: int64(n), Unit: p.price})
		}
	}
	return t
}
