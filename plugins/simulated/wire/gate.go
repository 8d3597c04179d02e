package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// look is how often a gate looks at its coil.
	look = 5 * time.Millisecond
	// beamBroken is how long a body stands in a beam where nobody looks.
	beamBroken = time.Second
	// unlocked is how long a gate stays unlocked while nobody passes.
	unlocked = 8 * time.Second
	// maxBodies is how many bodies wait to be shown to a light curtain.
	maxBodies = 256
)

// gateHardware is a turnstile: a coil unlocks it for one body, a light curtain tells of
// each. Its way out is free.
type gateHardware struct {
	wiring gateWiring
	device *modbussim.Device
	bodies chan bool // whether each goes in
}

func newGate(w gateWiring, d *modbussim.Device) *gateHardware {
	if w.Fire > 0 {
		d.Input(w.Fire, true) // normally closed
	}
	return &gateHardware{wiring: w, device: d, bodies: make(chan bool, maxBodies)}
}

func (g *gateHardware) sensed(m wire.ToClient) error {
	var p observe.Passage
	if m.Kind != observe.KindPassage.String() {
		return nil
	}
	if err := json.Unmarshal(m.Report, &p); err != nil {
		return err
	}
	select {
	case g.bodies <- p.Direction == observe.DirectionIn:
		return nil
	default:
		return fmt.Errorf("%s: %d bodies are in the lane", g.wiring.Device, maxBodies)
	}
}

func (g *gateHardware) run(ctx context.Context, l *line) error {
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		for {
			select {
			case in := <-g.bodies:
				g.device.Curtain(g.wiring.BeamStreet, g.wiring.BeamStore, in, beamBroken)
			case <-ctx.Done():
				return
			}
		}
	}()
	defer func() { <-shown }()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for seen := g.device.Pulses(g.wiring.Unlock); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		for now := g.device.Pulses(g.wiring.Unlock); seen < now; seen++ {
			if err := l.call(ctx, "admit", g.opened()); err != nil {
				return err
			}
		}
	}
}

// opened is what a pulse means in the world: whoever stands there walks in, one body.
// It is nobody's in particular, as a relay knows nobody.
func (g *gateHardware) opened() wire.AdmitParams {
	now := time.Now()
	return wire.AdmitParams{Session: fmt.Sprintf("pulse-%d", now.UnixNano()), Bodies: 1, ExpiresUS: now.Add(unlocked).UnixMicro()}
}
