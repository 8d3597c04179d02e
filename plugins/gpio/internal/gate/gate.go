package gate

import (
	"context"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/relay"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// lookEvery is how often it is looked whether a leave, the gate's window or an emergency is over.
	lookEvery = 100 * time.Millisecond
	// gap is how long a relay is off between two pulses: relays take 10 to 20 ms.
	gap = 50 * time.Millisecond
	// calm is how long the fire alarm's loop is closed before an emergency is over: a wire
	// that is about to break opens again sooner.
	calm = 10 * time.Second
)

// lane is a gate, or an open lane, which has no relays.
type lane struct {
	config Config
	lines  Lines
	roles  []role       // of the lines, by their numbers
	at     map[role]int // and the other way around
	entry  *relay.Entry

	mu        sync.Mutex
	closed    bool
	on        map[role]bool      // inputs
	since     map[role]time.Time // inputs that are on
	curtain   relay.Curtain
	unlocked  bool        // an unlocking may not be used up
	ends      *time.Timer // of the pulse under way, nil between pulses
	pulsing   role        // whose pulse that is
	rested    time.Time   // when the last one ended
	emergency bool
	closedAt  time.Time // when the loop was closed again; zero while it is open
	missed    int       // edges that nobody saw, since somebody was seen
	last      time.Time // of what was reported last
}

func build(open Opener, c Config) (gate.Gate, error) {
	roles, lines, err := c.layout()
	if err != nil {
		return nil, err
	}
	g := &lane{config: c, roles: roles, at: map[role]int{}, on: map[role]bool{}, since: map[role]time.Time{}}
	for i, r := range roles {
		g.at[r] = i
	}
	if g.lines, err = open(c.Chip, lines...); err != nil {
		return nil, refused(err)
	}
	g.entry = relay.New(g, c.Window)
	if _, err := g.resync(time.Now()); err != nil { // who stands in the curtain already goes which way nobody knows
		_ = g.lines.Close()
		return nil, err
	}
	return g, nil
}

func (g *lane) has(r role) bool {
	_, ok := g.at[r]
	return ok
}

// set sets an output that the lane has. Callers hold mu.
func (g *lane) set(r role, on bool) error {
	if !g.has(r) {
		return nil
	}
	if g.closed {
		return lost("set "+string(r), pins.ErrClosed)
	}
	if err := g.lines.Set(g.at[r], on); err != nil {
		return lost("set "+string(r), err)
	}
	return nil
}

// Unlock lets one body in (relay.Contacts).
func (g *lane) Unlock(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.emergency || !g.has(unlockIn) {
		return nil // it is free
	}
	if g.config.Mode == "potential" {
		g.unlocked = true
		return g.set(unlockIn, true)
	}
	return g.pulse(unlockIn)
}

// pulse begins a pulse, a while after the last one: a gate wants an edge for each body.
func (g *lane) pulse(r role) error {
	if g.ends != nil {
		g.ends.Stop() // or it waits for mu, and finds that it is not the one any more
		if err := g.rest(); err != nil {
			return err
		}
	}
	time.Sleep(time.Until(g.rested.Add(gap)))
	if err := g.set(r, true); err != nil {
		return err
	}
	g.unlocked, g.pulsing = r == unlockIn, r
	var timer *time.Timer
	timer = time.AfterFunc(g.config.Pulse, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.ends == timer && !g.closed {
			_ = g.rest() // lines that are gone are told by Run
		}
	})
	g.ends = timer
	return nil
}

// rest ends a pulse. In an emergency what unlocks stays on.
func (g *lane) rest() error {
	g.ends, g.rested = nil, time.Now()
	if g.emergency && g.pulsing == unlockIn {
		return nil
	}
	return g.set(g.pulsing, false)
}

// Admit lets people in (gate.Gate).
func (g *lane) Admit(ctx context.Context, a gate.Admission) error {
	if g.burning() {
		return errFire
	}
	return g.entry.Admit(ctx, a, time.Now())
}

// Run reports who passes (gate.Gate).
func (g *lane) Run(ctx context.Context, report func(observe.Passage)) error {
	for {
		e, ok, err := g.lines.Event(lookEvery)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return lost("read the gate's inputs", err)
		}
		now := time.Now()
		if ok {
			if err := g.moved(ctx, e, now, report); err != nil {
				return err
			}
		}
		if err := g.look(ctx, now); err != nil {
			return err
		}
	}
}

// moved takes an edge of an input.
func (g *lane) moved(ctx context.Context, e pins.Event, now time.Time, report func(observe.Passage)) error {
	g.mu.Lock()
	if e.Time.After(g.last) {
		g.last = e.Time
	}
	if e.Lost > 0 {
		g.curtain.Lost()
	}
	var bodies []observe.Passage
	if body, passed := g.input(g.roles[e.Line], e.On, g.last, now); passed {
		bodies, g.missed = append(bodies, body), 0
	}
	g.missed += e.Lost // after the body: it is the next one that shows that none are lost any more
	g.mu.Unlock()
	if e.Lost > 0 {
		unsure, err := g.resync(now)
		if err != nil {
			return err
		}
		bodies = append(bodies, unsure...)
	}
	for _, body := range bodies {
		if err := g.tell(ctx, body, now, report); err != nil {
			return err
		}
	}
	return nil
}

// tell reports a body.
func (g *lane) tell(ctx context.Context, body observe.Passage, now time.Time, report func(observe.Passage)) error {
	if body.Direction != observe.DirectionIn {
		report(body)
		return nil
	}
	if err := g.used(); err != nil {
		return err
	}
	p, err := g.entry.Passed(ctx, body.Interval, now)
	report(p)
	return err
}

// used locks after a body where the gate does not do so by itself.
func (g *lane) used() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unlocked = false
	if g.config.Mode != "potential" || g.emergency {
		return nil
	}
	return g.set(unlockIn, false)
}

// look does what time brings.
func (g *lane) look(ctx context.Context, now time.Time) error {
	if err := g.alarm(now); err != nil {
		return err
	}
	if g.burning() {
		return nil
	}
	if g.entry.Waiting(now) {
		return g.entry.Tick(ctx, now)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.unlocked || g.curtain.Between() {
		return nil
	}
	g.unlocked = false
	if g.config.Mode == "potential" {
		return g.set(unlockIn, false)
	}
	if g.has(stop) {
		return g.pulse(stop)
	}
	return nil
}

// Condition says how the gate is.
func (g *lane) Condition() sdk.Condition {
	g.mu.Lock()
	defer g.mu.Unlock()
	if cause := g.trouble(time.Now()); cause != "" {
		return sdk.Condition{State: sdk.StateDegraded, Cause: cause}
	}
	return sdk.Condition{State: sdk.StateReady}
}

// Close ends a pulse and lets the lines go. What holds the way out open stays as it is to the last.
func (g *lane) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil
	}
	if g.ends != nil {
		g.ends.Stop()
	}
	if !g.emergency {
		_ = g.set(unlockIn, false) // lines that are gone may be why it is closed
	}
	_ = g.set(stop, false)
	g.closed = true
	return g.lines.Close()
}

var errFire = fault.New(fault.Unavailable, "the fire input is open, or was until a moment ago: the gate is free, and nobody is let in by name")
