package platform

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/openaisle/aisle/plugins/modbus/internal/master"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/relay"
	"github.com/openaisle/aisle/sdk/observe"
)

// Gate is the config block of a gate on relays or a PLC.
type Gate struct {
	Line
	Unlock    int           `aisle:"unlock,required,min=0,max=65535" doc:"The coil that lets one body in, from 0."`
	Pulse     time.Duration `aisle:"pulse,min=50ms,max=10s" default:"500ms" doc:"How long the coil is on."`
	Window    time.Duration `aisle:"window,min=1s,max=1m" default:"8s" doc:"How long the gate stays unlocked after the pulse while nobody passes, as set at the gate."`
	PassedIn  int           `aisle:"passed_in,min=-1,max=65535" default:"-1" doc:"The discrete input at which the gate tells of a body that went in. Not with a light curtain."`
	PassedOut int           `aisle:"passed_out,min=-1,max=65535" default:"-1" doc:"The discrete input at which the gate tells of a body that went out."`
	BeamIn    int           `aisle:"beam_street,min=-1,max=65535" default:"-1" doc:"The discrete input of a light curtain's beam on the street's side, active when it is broken: with beam_store, instead of passed_in and passed_out."`
	BeamOut   int           `aisle:"beam_store,min=-1,max=65535" default:"-1" doc:"The one of the beam on the store's side."`
	Fire      int           `aisle:"fire,min=-1,max=65535" default:"-1" doc:"The discrete input that the fire alarm keeps active, normally closed: when it is not, or its wire is cut, the gate is free and nobody is let in. -1 for none."`
	Poll      time.Duration `aisle:"poll,min=5ms,max=200ms" default:"20ms" doc:"How often the inputs are read: at least twice while a contact or a beam tells of a body."`
}

// Gate opens a gate.
func (l *Lines) Gate(_ context.Context, _ sdk.Env, c Gate) (gate.Gate, error) {
	sensors := relay.Sensors{PassedIn: c.PassedIn >= 0, PassedOut: c.PassedOut >= 0, BeamStreet: c.BeamIn >= 0, BeamStore: c.BeamOut >= 0}
	if err := sensors.Check(); err != nil {
		return nil, err
	}
	s, err := l.join(&c.Line)
	if err != nil {
		return nil, err
	}
	g := &turnstile{config: c, station: s}
	g.entry = relay.New(g, c.Window)
	// Who stands in the curtain already goes which way nobody knows.
	g.curtain.Lost()
	if err := g.coil(false); err != nil { // a pulse that a host left behind ends here
		s.Leave()
		if fault.CodeOf(err) == fault.Unknown { // it may be off; that nobody answers is what matters, and passes
			err = fault.Errorf(fault.Unavailable, "%w", err)
		}
		return nil, c.at("unlock", err)
	}
	if g.inputs, err = g.read(); err != nil { // who passes from now on is seen
		s.Leave()
		if sensors.BeamStreet {
			return nil, c.at("beam_street", err)
		}
		return nil, c.at("passed_in", err)
	}
	return g, nil
}

// turnstile is a gate that one coil unlocks for one body.
type turnstile struct {
	config  Gate
	station *master.Station
	entry   *relay.Entry

	pulse sync.Mutex // one switches the coil at a time; who holds it may wait for the line
	off   time.Time  // when the coil goes off; zero while it is off; guarded by pulse

	mu     sync.Mutex // nobody waits for the line under it: health is asked for at any time
	inputs map[int]bool
	missed bool // the inputs were not read for a while, and nobody was seen since

	curtain relay.Curtain
	looked  time.Time // when the inputs were read last
}

func (g *turnstile) coil(on bool) error {
	return g.station.Ask("switch the coil", true, func(c *modbus.ModbusClient) error { return c.WriteCoil(uint16(g.config.Unlock), on) })
}

// edge is how long the coil is off between two pulses: relays take 10 to 20 ms.
const edge = 50 * time.Millisecond

// Unlock begins a pulse (relay.Contacts). Run ends it.
func (g *turnstile) Unlock(context.Context) error {
	g.pulse.Lock()
	defer g.pulse.Unlock()
	if !g.off.IsZero() { // a gate wants a new edge for each body
		if err := g.coil(false); err != nil {
			return err
		}
		g.off = time.Time{}
		time.Sleep(edge)
	}
	err := g.coil(true)
	if err == nil || fault.CodeOf(err) == fault.Unknown {
		g.off = time.Now().Add(g.config.Pulse)
	}
	return err
}

var errFire = fault.New(fault.Unavailable, "the fire input is open: the gate is free, and nobody is let in")

// Admit lets people in (gate.Gate).
func (g *turnstile) Admit(ctx context.Context, a gate.Admission) error {
	if g.fire() {
		return errFire
	}
	return g.entry.Admit(ctx, a, time.Now())
}

func (g *turnstile) fire() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.config.Fire >= 0 && !g.inputs[g.config.Fire]
}

// Run reports who passes (gate.Gate).
func (g *turnstile) Run(ctx context.Context, report func(observe.Passage)) error {
	tick := time.NewTicker(g.config.Poll)
	defer tick.Stop()
	for bad := 0; ; {
		err := g.look(ctx, report)
		switch {
		case err == nil:
			bad = 0
		case bad+1 >= lostAfter:
			return err
		default:
			bad++
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// blind is how long the inputs may go unread: in that time a body that hurries is in a curtain
// and out of it again.
const blind = 300 * time.Millisecond

func (g *turnstile) misses(missed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.missed = missed
}

// look ends a pulse that is over, and reads the inputs once.
func (g *turnstile) look(ctx context.Context, report func(observe.Passage)) error {
	now := time.Now()
	if err := g.end(now); err != nil {
		return err
	}
	in, err := g.read()
	if err != nil {
		return err
	}
	if !g.looked.IsZero() && now.Sub(g.looked) > blind {
		g.curtain.Lost()
		g.misses(true)
	}
	g.looked = now
	g.mu.Lock()
	was := g.inputs
	g.inputs = in
	g.mu.Unlock()
	bodies := g.passages(was, in, now)
	if len(bodies) > 0 && bodies[0].Direction != observe.DirectionUnknown {
		g.misses(false)
	}
	if err := g.tell(ctx, now, bodies, report); err != nil || g.fire() {
		return err
	}
	return g.entry.Tick(ctx, now)
}

// tell reports bodies: all of them, whether or not the gate can be unlocked for the next.
func (g *turnstile) tell(ctx context.Context, now time.Time, bodies []observe.Passage, report func(observe.Passage)) error {
	var errs []error
	for _, body := range bodies {
		if body.Direction != observe.DirectionIn {
			report(body)
			continue
		}
		p, err := g.entry.Passed(ctx, body.Interval, now)
		report(p)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// together is how far apart inputs may stand that are read with one question: a serial line at 19,200 bit/s
// takes some 15 ms for each, and a body that hurries breaks a beam for 50.
const together = 16

// read gives the inputs.
func (g *turnstile) read() (map[int]bool, error) {
	in := map[int]bool{}
	used := slices.DeleteFunc([]int{g.config.PassedIn, g.config.PassedOut, g.config.BeamIn, g.config.BeamOut, g.config.Fire}, func(n int) bool { return n < 0 })
	slices.Sort(used)
	for len(used) > 0 {
		first := used[0]
		n := 1
		for n < len(used) && used[n]-first < together {
			n++
		}
		err := g.station.Ask("read the inputs", false, func(c *modbus.ModbusClient) error {
			all, err := c.ReadDiscreteInputs(uint16(first), uint16(used[n-1]-first+1))
			if err != nil {
				return err
			}
			for _, at := range used[:n] {
				in[at] = all[at-first]
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		used = used[n:]
	}
	return in, nil
}

// end switches the coil off after a pulse.
func (g *turnstile) end(now time.Time) error {
	g.pulse.Lock()
	defer g.pulse.Unlock()
	if g.off.IsZero() || now.Before(g.off) {
		return nil
	}
	if err := g.coil(false); err != nil {
		return err
	}
	g.off = time.Time{}
	return nil
}

// passages are the bodies that the inputs tell of since they were read last.
func (g *turnstile) passages(was, in map[int]bool, now time.Time) (all []observe.Passage) {
	c := g.config
	if c.PassedIn >= 0 && in[c.PassedIn] && !was[c.PassedIn] {
		all = append(all, observe.Passage{Interval: observe.At(now), Direction: observe.DirectionIn})
	}
	if c.PassedOut >= 0 && in[c.PassedOut] && !was[c.PassedOut] {
		all = append(all, observe.Passage{Interval: observe.At(now), Direction: observe.DirectionOut})
	}
	if c.BeamIn < 0 {
		return all
	}
	if p, passed := g.curtain.Seen(in[c.BeamIn], in[c.BeamOut], now); passed {
		all = append(all, p)
	}
	return all
}

// Condition says how the gate is.
func (g *turnstile) Condition() sdk.Condition {
	if g.fire() {
		return sdk.Condition{State: sdk.StateDegraded, Cause: errFire.Error()}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.missed {
		return sdk.Condition{State: sdk.StateDegraded, Cause: "the inputs could not be read for a while: bodies may not have been counted"}
	}
	return sdk.Condition{State: sdk.StateReady}
}

// Close ends a pulse and leaves the line.
func (g *turnstile) Close() error {
	g.pulse.Lock()
	defer g.pulse.Unlock()
	if !g.off.IsZero() {
		_ = g.coil(false) // a coil that stays on lets people in, and never holds one
	}
	g.station.Leave()
	return nil
}
