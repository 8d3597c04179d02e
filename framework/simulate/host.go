package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
)

const (
	// maxGroup is how many inputs share one sync, as in package engine.
	maxGroup = 256
	// maxTicks bounds how often in a row time alone may matter at one instant.
	maxTicks = 4096
	// tickAgain is how long after a wake that nothing came of the next is tried.
	tickAgain = time.Second
	// The time of one sync.
	syncLeast, syncMost = 300 * time.Microsecond, 6 * time.Millisecond
)

// Bug is a mistake put into the model of the host, to see that it is found.
type Bug uint8

// The mistakes.
const (
	NoBug Bug = iota
	// EffectBeforeDurable sends an ask before its record is durable.
	EffectBeforeDurable
	// FreshKey mints another key for each attempt.
	FreshKey
	// TimeoutAsFailure takes a call without an answer for one that failed.
	TimeoutAsFailure
	// ForgetsPending does not send pending asks again after a crash.
	ForgetsPending
	// ChargesDoubt takes a doubt of the core's for a certainty.
	ForgetsFact
)

// draft is a record that is not durable yet.
type draft struct {
	at    time.Time
	in    event.Input
	facts []event.Fact
}

// host does what engine, dispatch, devices and the composition root do around
// the core.
type host struct {
	w    *world
	name string
	dice *rand.Rand
	disk *disk

	up    bool
	life  int // counts starts and ends
	state *core.State
	last  time.Time
	// ahead is how far the store's time is before the machine's clock, so that
	// it never goes back; skew the machine's clock minus the true one.
	ahead, skew time.Duration
	answers     []event.Input
	queues      map[string][]event.Input
	order       []string
	turnOf      int
	waiting     int
	busy        bool
	planned     bool
	group       []draft
	alarms      int
	stuck       time.Time
	ticked      time.Time
	mute        time.Time
	frozen      time.Duration // stands until then
	snapEvery   int
	epoch       uint64
	lanes       map[string]*lane
	running     int
	pool        []*lane
	deaf        bool // a second host gets no evidence
	broken      bool // its state is half changed: it is in no snapshot
	starting    bool
	records     int
	synced      int
}

func newHost(w *world, name string, d *disk) *host {
	return &host{w: w, name: name, disk: d, dice: stream(w.seed, "host "+name), lanes: map[string]*lane{}, queues: map[string][]event.Input{},
		snapEvery: 50 + stream(w.seed, "snapshots").IntN(400)}
}

// clock is the store's time.
func (h *host) clock() time.Time { return h.w.wall(h.w.tl.now).Add(h.skew + h.ahead) }

func (h *host) now() time.Time {
	if now := h.clock(); now.After(h.last) {
		return now
	}
	return h.last
}

// later plans something of this life of the host.
func (h *host) later(d time.Duration, do func()) {
	life := h.life
	h.w.tl.after(d, func() {
		if h.life == life {
			h.thawed(do)
		}
	})
}

// thawed does something now, or when a host that stands goes on.
func (h *host) thawed(do func()) {
	if h.frozen <= h.w.tl.now {
		do()
		return
	}
	life := h.life
	h.w.tl.at(h.frozen, func() {
		if h.life == life {
			do()
		}
	})
}

func (h *host) evidence(e event.Evidence) {
	if h.up && !h.deaf {
		h.put(e.Device, e)
	}
}

func (h *host) answer(a event.Answer) {
	if h.up {
		h.answers = append(h.answers, a)
		h.wake()
	}
}

// put queues an input of a device, or of staff.
func (h *host) put(name string, in event.Input) {
	if !h.up {
		return
	}
	if _, known := h.queues[name]; !known {
		h.order = append(h.order, name)
	}
	h.queues[name] = append(h.queues[name], in)
	h.waiting++
	h.wake()
}

func (h *host) wake() {
	if h.busy || h.planned || !h.up {
		return
	}
	h.planned = true
	h.later(0, func() {
		h.planned = false
		h.turn()
	})
}

// take gives what waits: answers first, then one of each device in turn.
func (h *host) take() []event.Input {
	n := min(len(h.answers), maxGroup)
	group := slices.Clone(h.answers[:n])
	h.answers = h.answers[n:]
	for h.waiting > 0 && len(group) < maxGroup {
		name := h.order[h.turnOf%len(h.order)]
		h.turnOf++
		if q := h.queues[name]; len(q) > 0 {
			group = append(group, q[0])
			h.queues[name] = q[1:]
			h.waiting--
		}
	}
	return group
}

// turn steps what waits and begins to make it durable.
func (h *host) turn() {
	if h.busy || !h.up {
		return
	}
	inputs := h.take()
	now := h.now()
	for _, in := range core.InTime(inputs, h.last, now) {
		if !h.ticks(in.At) {
			return
		}
		h.step(in.At, in.Input)
		if !h.up {
			return
		}
	}
	if !h.ticks(now) {
		return
	}
	h.ticked = now
	if len(h.group) == 0 {
		h.rest()
		return
	}
	h.sync()
}

// ticks lets time pass up to now, stopping wherever the core wanted to be woken.
func (h *host) ticks(now time.Time) bool {
	for n := 0; n < maxTicks; n++ {
		wake, ok := h.state.Wake()
		if !ok || wake.After(now) || now.Before(h.mute) {
			return true
		}
		if wake.Before(h.last) {
			wake = h.last
		}
		if wake.After(h.last) {
			n = 0
		}
		if !h.step(wake, event.Time{}) {
			return h.up
		}
	}
	h.w.violate("liveness", "", "the core asked for %d wakes at one instant", maxTicks)
	h.w.stop = true
	return false
}

// step steps one input and drafts its record. It reports whether anything came
// of it.
func (h *host) step(at time.Time, in event.Input) bool {
	in = h.disk.shelf.recalled(h.state, in)
	facts, text := h.stepped(at, in)
	if text != "" {
		h.quarantine(at, in, text)
		return false
	}
	h.w.steps++
	if _, ok := in.(event.Time); ok && len(facts) == 0 {
		return false
	}
	if h.w.bug == ForgetsFact && len(facts) > 1 && h.dice.IntN(200) == 0 {
		facts = facts[:len(facts)-1]
	}
	h.draft(draft{at, in, facts})
	return len(facts) > 0
}

func (h *host) draft(d draft) {
	h.group = append(h.group, d)
	h.last = d.at
	if h.w.story != nil {
		h.w.tellStep(h, d)
	}
	if h.w.bug == EffectBeforeDurable {
		h.send(d.facts, false)
	}
}

func (h *host) stepped(at time.Time, in event.Input) (facts []event.Fact, text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
			if _, ours := r.(madeUpPanic); !ours {
				h.w.violate("panic", sessionOf(in), "the core panicked on %s: %v", event.InputName(in), r)
			}
		}
	}()
	if _, ok := in.(event.Evidence); ok && !h.deaf && h.w.hit(FP2, 2_000) {
		core.Step(h.state, at, in) // half of it is done
		h.w.tookAll(FP2)
		panic(madeUpPanic("made up"))
	}
	return core.Step(h.state, at, in), ""
}

// madeUpPanic is one that the simulator throws.
type madeUpPanic string

// quarantine deals with an input that made the core panic, as package engine
// does: the state is rebuilt from what is durable, the input is set aside, and
// its device is out of service.
func (h *host) quarantine(at time.Time, in event.Input, text string) {
	h.broken = true
	if !h.flushNow() {
		return
	}
	s, _, err := h.disk.rebuild(true)
	if err != nil {
		h.w.violate("M12", "", "the state can't be rebuilt: %v", err)
		h.w.stop = true
		return
	}
	h.state, h.broken = s, false
	device := event.InputName(in)
	e, evidence := in.(event.Evidence)
	if evidence {
		device = e.Device
	}
	f := event.Quarantined{Device: device, Panic: text, At: at}
	if a, ok := in.(event.Answer); ok {
		f.Ask = a.ID
	}
	h.state.Apply(f)
	h.draft(draft{at, in, []event.Fact{f}})
	switch {
	case evidence:
		status := event.DeviceStatus{Device: e.Device, Epoch: e.Epoch, State: event.StateQuarantined, Cause: "one of its reports made the core panic"}
		h.step(at, status)
		h.w.outOfService(h.w.byAddress[e.Device], between(h.dice, 2*time.Second, 30*time.Second), event.StateQuarantined, "")
	default:
		if _, ok := in.(event.Time); ok {
			h.mute = at.Add(tickAgain)
		}
	}
}

// flushNow makes what was drafted durable at once.
func (h *host) flushNow() bool {
	if len(h.group) == 0 {
		return true
	}
	g := h.group
	h.group = nil
	if err := h.write(g); err != nil {
		return false
	}
	h.made(g)
	return h.up
}

// sync begins to make the group durable; nothing else is stepped meanwhile.
func (h *host) sync() {
	h.busy = true
	took := between(h.w.diskDice, syncLeast, syncMost)
	if !h.deaf {
		if h.w.crashHere(FP1, 700) || h.w.diskFails() {
			return
		}
		if h.w.hit(FD8, 3_000) {
			h.w.tookAll(FD8)
			took += 5 * time.Second
		}
	}
	h.later(took, func() {
		g := h.group
		h.group = nil
		if h.write(g) != nil {
			return
		}
		h.busy = false
		h.made(g)
		if !h.up {
			return
		}
		h.turn()
	})
}

func (h *host) write(g []draft) error {
	if err := h.disk.append(g); err != nil {
		h.w.violate("encoding", "", "a record can't be written: %v", err)
		h.w.stop = true
		return err
	}
	h.disk.checkpoint = len(h.disk.recs)
	return nil
}

// made lets everybody hear of what is durable now.
func (h *host) made(g []draft) {
	h.synced++
	for i := range g {
		h.records++
		if !h.deaf {
			h.w.durable(&g[i])
		}
	}
	if !h.deaf {
		for i := range g {
			if e, ok := g[i].in.(event.Evidence); ok {
				h.w.byAddress[e.Device].acked(e.Epoch, e.Seq)
			}
		}
	}
	if !h.deaf && h.w.crashHere(FP1, 500) {
		return
	}
	for i := range g {
		if h.w.bug != EffectBeforeDurable {
			h.send(g[i].facts, false)
		}
	}
	if len(h.disk.recs)-h.disk.snap.head >= h.snapEvery && !h.broken {
		if b, err := h.state.Encode(); err == nil {
			h.disk.snap.head, h.disk.snap.state = len(h.disk.recs), b
			h.disk.shelf.keep(h.state.Settlement.Take())
		}
	}
}

func (h *host) send(facts []event.Fact, again bool) {
	for _, f := range facts {
		if a, ok := f.(event.Asked); ok {
			h.dispatch(a.Ask, again)
		}
	}
}

// rest sets the alarm for when time alone next matters.
func (h *host) rest() {
	at, ok := h.state.Wake()
	h.alarms++
	if !ok {
		return
	}
	if !at.After(h.ticked) {
		if !h.stuck.Equal(at) {
			h.stuck = at
		} else if !h.deaf {
			h.w.violate("liveness", "", "the core wants to be woken at %s, which has passed", at.Format(time.RFC3339Nano))
		}
		at = h.ticked.Add(tickAgain)
	}
	n := h.alarms
	h.later(at.Sub(h.clock()), func() {
		if h.alarms == n {
			h.turn()
		}
	})
}

func sessionOf(in event.Input) string {
	if o, ok := in.(event.StaffOrder); ok {
		return o.Session
	}
	return ""
}
