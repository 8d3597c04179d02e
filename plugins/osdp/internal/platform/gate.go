package platform

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/internal/panel"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/relay"
	"github.com/openaisle/aisle/sdk/observe"
)

// Gate is the config block of a gate on outputs and inputs.
type Gate struct {
	Line
	Unlock    int           `aisle:"unlock,min=0,max=255" default:"0" doc:"The output that lets one body in."`
	Pulse     time.Duration `aisle:"pulse,min=100ms,max=1m" default:"500ms" doc:"How long the output is on."`
	Window    time.Duration `aisle:"window,min=1s,max=1m" default:"8s" doc:"How long the gate stays unlocked after the pulse while nobody passes, as set at the gate."`
	PassedIn  int           `aisle:"passed_in,min=0,max=255" default:"0" doc:"The input at which the gate tells of a body that went in."`
	PassedOut int           `aisle:"passed_out,min=0,max=255" default:"1" doc:"The input at which the gate tells of a body that went out."`
	Fire      int           `aisle:"fire,min=-1,max=255" default:"-1" doc:"The input that the fire alarm keeps active, normally closed: when it is not, or its wire is cut, the gate is free and nobody is let in. -1 for none."`
}

// Gate opens a gate.
func (l *Lines) Gate(ctx context.Context, _ sdk.Env, c Gate) (gate.Gate, error) {
	if c.PassedIn == c.PassedOut || c.Fire == c.PassedIn || c.Fire == c.PassedOut {
		return nil, fault.At("passed_in", fault.New(fault.Invalid, "passed_in, passed_out and fire are three inputs"))
	}
	s, err := l.join(ctx, c.Line)
	if err != nil {
		return nil, err
	}
	g := &turnstile{device: device{s}, config: c}
	g.entry = relay.New(unlocker{g}, c.Window)
	return g, nil
}

// turnstile is a gate that one output unlocks for one body.
type turnstile struct {
	device
	config Gate
	entry  *relay.Entry

	mu     sync.Mutex
	inputs []byte
}

type unlocker struct{ *turnstile }

// Unlock pulses the output (relay.Contacts).
func (g unlocker) Unlock(ctx context.Context) error {
	tenths := uint16(g.config.Pulse / (100 * time.Millisecond))
	return g.Do(ctx, osdp.Out, osdp.Set(osdp.Output{Number: byte(g.config.Unlock), Control: osdp.OutputPulse, Tenths: tenths}))
}

var errFire = fault.New(fault.Unavailable, "the fire input is open: the gate is free, and nobody is let in")

// Admit lets people in (gate.Gate).
func (g *turnstile) Admit(ctx context.Context, a gate.Admission) error {
	if g.fire() {
		return errFire
	}
	return g.entry.Admit(ctx, a, time.Now())
}

// tickEvery is how often it is looked whether the gate locked by itself.
const tickEvery = 250 * time.Millisecond

// Run reports who passes (gate.Gate).
func (g *turnstile) Run(ctx context.Context, report func(observe.Passage)) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			if g.fire() {
				continue
			}
			// What is away says so itself; the next tick tries again.
			_ = g.entry.Tick(ctx, time.Now())
		case e, ok := <-g.Events:
			if !ok {
				return errDeaf
			}
			in, is := e.(panel.Inputs)
			if !is {
				continue
			}
			if err := g.moved(ctx, in, report); err != nil {
				return err
			}
		}
	}
}

// moved reports what the inputs say since they said something last.
func (g *turnstile) moved(ctx context.Context, in panel.Inputs, report func(observe.Passage)) error {
	g.mu.Lock()
	was := g.inputs
	g.inputs = in
	g.mu.Unlock()
	if was == nil {
		return nil
	}
	now := time.Now()
	if rose(was, in, g.config.PassedIn) {
		p, err := g.entry.Passed(ctx, observe.At(now), now)
		report(p)
		if errors.Is(err, context.Canceled) {
			return err
		}
	}
	if rose(was, in, g.config.PassedOut) {
		report(observe.Passage{Interval: observe.At(now), Direction: observe.DirectionOut})
	}
	return nil
}

func active(in []byte, n int) bool { return n < len(in) && in[n] != 0 }

func rose(was, in []byte, n int) bool { return active(in, n) && !active(was, n) }

// fire says whether the fire input is open, or has no wire.
func (g *turnstile) fire() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.config.Fire >= 0 && g.inputs != nil && !active(g.inputs, g.config.Fire)
}

// Condition says how the gate is.
func (g *turnstile) Condition() sdk.Condition {
	c := g.Station.Condition()
	if c.State == sdk.StateReady && g.fire() {
		return sdk.Condition{State: sdk.StateDegraded, Cause: errFire.Error(), Power: sdk.PowerOnline}
	}
	return c
}
