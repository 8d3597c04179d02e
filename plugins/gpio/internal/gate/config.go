// Package gate is a lane whose relays and sensors hang on GPIO lines: a turnstile or a speed
// gate that contacts unlock, or an open lane that only counts.
//
// It locks nobody in: no line of it locks, and the way out is never waited for. Emergency is the
// gate's own business: the fire alarm's loop goes to the gate as well, and what happens
// here only goes along with it.
package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/pins"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/relay"
)

// Sensors is the part of a config block that says what tells of bodies.
type Sensors struct {
	Chip       string        `aisle:"chip,required,device" doc:"The GPIO chip that all lines are on, such as /dev/gpiochip0. Lines are written by their names, as gpioinfo shows them, or by their numbers at the chip."`
	PassedIn   string        `aisle:"passed_in" doc:"The line at which the gate tells of a body that went in. Not with a light curtain."`
	PassedOut  string        `aisle:"passed_out" doc:"The line at which the gate tells of a body that went out."`
	BeamStreet string        `aisle:"beam_street" doc:"The line of a light curtain's beam on the street's side, on while it is broken: with beam_store, instead of passed_in and passed_out."`
	BeamStore  string        `aisle:"beam_store" doc:"The one of the beam on the store's side."`
	Inputs     string        `aisle:"inputs,one_of=low|high" default:"low" doc:"The level at which inputs are on: low for contacts that close to ground."`
	Bias       string        `aisle:"bias,one_of=chip|none" default:"chip" doc:"chip for the chip's own resistors, which hold an open input off; none where the board has resistors."`
	Debounce   time.Duration `aisle:"debounce,min=0s,max=500ms" default:"5ms" doc:"How long an input keeps a level before it counts, against contacts that bounce."`
	Stuck      time.Duration `aisle:"stuck,min=1s,max=10m" default:"30s" doc:"How long a contact or a beam may be on before the device says that something stands in it."`
}

// Config is the config block of a gate.
type Config struct {
	Sensors
	UnlockIn  string        `aisle:"unlock_in,required" doc:"The line of the relay that unlocks the way in (Unlock A)."`
	UnlockOut string        `aisle:"unlock_out" doc:"The line of the relay that unlocks the way out (Unlock B), where the gate has one. It is on all the time; the way out must be free without it too, for a host may end."`
	Stop      string        `aisle:"stop" doc:"The line of the relay that takes an unlocking back (Stop), where the gate has one. It gets a pulse when somebody's leave to enter ends, and is never held."`
	Relays    string        `aisle:"relays,one_of=low|high" default:"low" doc:"The level at which relays are on: low for most relay boards. The board must hold the line off by a resistor, for when nobody drives it."`
	Mode      string        `aisle:"mode,one_of=pulse|potential" default:"pulse" doc:"pulse where a pulse unlocks for one body, potential where the gate is unlocked as long as the relay is on."`
	Pulse     time.Duration `aisle:"pulse,min=50ms,max=10s" default:"500ms" doc:"How long a pulse is."`
	Window    time.Duration `aisle:"window,min=1s,max=1m" default:"8s" doc:"How long the gate stays unlocked after a pulse while nobody passes, as set at the gate."`
	Fire      string        `aisle:"fire" doc:"The line of a contact that the fire alarm keeps on, normally closed. When it opens, or its wire is cut, the gate is opened and stays free, and nobody is let in by name. The alarm must open the gate by itself as well."`
}

// Lines is what a gate uses of package pins.
type Lines interface {
	Get(line int) (bool, error)
	Set(line int, on bool) error
	Event(within time.Duration) (pins.Event, bool, error)
	Close() error
}

// Opener takes lines of a chip, as pins.Open does.
type Opener func(chip string, lines ...pins.Line) (Lines, error)

// Pins takes lines of the kernel.
func Pins(chip string, lines ...pins.Line) (Lines, error) {
	r, err := pins.Open(chip, lines...)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Open gives a gate driver's open.
func Open(open Opener) func(context.Context, sdk.Env, Config) (gate.Gate, error) {
	return func(_ context.Context, _ sdk.Env, c Config) (gate.Gate, error) { return build(open, c) }
}

// OpenCounter gives the open of a lane that has no gate.
func OpenCounter(open Opener) func(context.Context, sdk.Env, Sensors) (gate.Gate, error) {
	return func(_ context.Context, _ sdk.Env, s Sensors) (gate.Gate, error) {
		return build(open, Config{Sensors: s, Window: time.Minute, Pulse: time.Second, Mode: "pulse"})
	}
}

// role is what a line is for; it is also its attribute.
type role string

const (
	unlockIn   role = "unlock_in"
	unlockOut  role = "unlock_out"
	stop       role = "stop"
	passedIn   role = "passed_in"
	passedOut  role = "passed_out"
	beamStreet role = "beam_street"
	beamStore  role = "beam_store"
	fire       role = "fire"
)

// layout gives the lines to take, each with its role.
func (c Config) layout() (roles []role, lines []pins.Line, err error) {
	sensors := relay.Sensors{PassedIn: c.PassedIn != "", PassedOut: c.PassedOut != "", BeamStreet: c.BeamStreet != "", BeamStore: c.BeamStore != ""}
	if err := sensors.Check(); err != nil {
		return nil, nil, err
	}
	bias := pins.BiasAsIs
	if c.Bias == "chip" {
		bias = pins.PullUp
		if c.Inputs == "high" {
			bias = pins.PullDown
		}
	}
	input := pins.Line{ActiveLow: c.Inputs == "low", Edges: true, Bias: bias, Debounce: c.Debounce}
	output := pins.Line{ActiveLow: c.Relays == "low", Output: true}
	taken := map[string]role{}
	for _, l := range []struct {
		role role
		name string
		line pins.Line
	}{
		{unlockIn, c.UnlockIn, output}, {unlockOut, c.UnlockOut, output}, {stop, c.Stop, output},
		{passedIn, c.PassedIn, input}, {passedOut, c.PassedOut, input},
		{beamStreet, c.BeamStreet, input}, {beamStore, c.BeamStore, input}, {fire, c.Fire, input},
	} {
		if l.name == "" {
			continue
		}
		if other, ok := taken[l.name]; ok {
			return nil, nil, fault.At(string(l.role), fault.Errorf(fault.Invalid, "line %s is %s already", l.name, other))
		}
		taken[l.name] = l.role
		l.line.Name = l.name
		l.line.On = l.role == unlockOut
		roles, lines = append(roles, l.role), append(lines, l.line)
	}
	return roles, lines, nil
}

// refused puts an error of lines at the attribute that is to blame.
func refused(err error) error {
	code := fault.Unavailable
	if errors.Is(err, pins.ErrNoLine) {
		code = fault.Invalid
	}
	return fault.At("chip", fault.Wrap(code, "", err))
}

// lost is an error of lines that are open.
func lost(deed string, err error) error {
	return fault.Wrap(fault.Unavailable, "", fmt.Errorf("%s: %w", deed, err))
}
