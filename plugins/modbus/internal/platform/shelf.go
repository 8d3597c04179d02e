package platform

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/openaisle/aisle/plugins/modbus/internal/master"
	"github.com/openaisle/aisle/plugins/modbus/internal/register"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// Shelf is the config block of a shelf on load-cell transmitters.
type Shelf struct {
	Line
	Bays      []Bay         `aisle:"bay,min=1,max=64" doc:"A bay of the shelf, the first one bay 1."`
	Poll      time.Duration `aisle:"poll,min=10ms,max=1s" default:"50ms" doc:"How often the weights are read."`
	Division  measure.Mass  `aisle:"division" default:"1 g" doc:"The scale interval d: what differs by one of it is the same."`
	MinChange measure.Mass  `aisle:"min_change" default:"5 g" doc:"The least change that is reported; two divisions or more."`
	Hold      time.Duration `aisle:"hold,min=100ms,max=5s" default:"800ms" doc:"How long a load must show the same to stand."`
}

// Bay is where the weight of one bay stands.
type Bay struct {
	Register int     `aisle:"register,required,min=0,max=65534" doc:"The number of its first register, from 0: manuals that count from 40001 or 30001 mean register 0 by it."`
	Kind     string  `aisle:"kind,one_of=holding|input" default:"holding" doc:"Holding registers (function 3) or input registers (function 4)."`
	Type     string  `aisle:"type,one_of=int16|uint16|int32|uint32|float32" default:"int32" doc:"What the number is."`
	Order    string  `aisle:"order,one_of=ABCD|CDAB|BADC|DCBA" default:"ABCD" doc:"The order of its bytes, the highest being A."`
	Grams    float64 `aisle:"grams" default:"1" doc:"How many grams one step is: 0.1 for tenths of a gram, 1000 for kilograms."`
	Status   int     `aisle:"status,min=-1,max=65535" default:"-1" doc:"The register with the transmitter's state, of the same kind. -1 for none."`
	Moving   int     `aisle:"moving,min=0,max=65535" default:"0" doc:"The bits of status of which any says that the load moves."`
	Fault    int     `aisle:"fault,min=0,max=65535" default:"0" doc:"The bits of status of which any says that the weight is none: overload, a broken cell."`
}

// Shelf opens a shelf.
func (l *Lines) Shelf(_ context.Context, _ sdk.Env, c Shelf) (shelf.Shelf, error) {
	s := &loadCells{config: c, condition: sdk.Condition{State: sdk.StateReady}}
	for i, b := range c.Bays {
		if b.Grams == 0 {
			return nil, fault.At(fmt.Sprintf("bay[%d].grams", i), fault.New(fault.Invalid, "a step of no grams weighs nothing"))
		}
		filter, err := signal.NewIndicator(&signal.IndicatorOptions{
			Division: grams(c.Division), MinChange: grams(c.MinChange), Hold: c.Hold, Gap: max(2*time.Second, 2*c.Answer),
		})
		if err != nil {
			return nil, fault.At("min_change", fault.Wrap(fault.Invalid, "", err))
		}
		s.filters = append(s.filters, filter)
	}
	station, err := l.join(&c.Line)
	if err != nil {
		return nil, err
	}
	s.station = station
	for n := range s.config.Bays { // what is wrong with a register is said at once, at its bay
		if _, err := s.read(n); err != nil {
			station.Leave()
			return nil, c.at(fmt.Sprintf("bay[%d].register", n), err)
		}
	}
	return s, nil
}

func grams(m measure.Mass) float64 { return float64(m) / float64(measure.Gram) }

// loadCells is a shelf.
type loadCells struct {
	config  Shelf
	station *master.Station
	filters []*signal.Indicator

	mu        sync.Mutex
	condition sdk.Condition
}

// reading is what a bay shows.
type reading struct {
	signal.Reading
	trouble string
}

// read asks for the weight of a bay, counted from 0.
func (s *loadCells) read(n int) (r reading, err error) {
	b := s.config.Bays[n]
	kind := modbus.HOLDING_REGISTER
	if b.Kind == "input" {
		kind = modbus.INPUT_REGISTER
	}
	number := register.Number{Type: b.Type, Order: b.Order}
	err = s.station.Ask(fmt.Sprintf("read register %d", b.Register), false, func(c *modbus.ModbusClient) error {
		words, err := c.ReadRegisters(uint16(b.Register), number.Words(), kind)
		if err != nil {
			return err
		}
		value, err := number.Read(words)
		if err != nil {
			r.trouble = fmt.Sprintf("bay %d: %v", n+1, err)
		}
		r.Grams = value * b.Grams
		if b.Status < 0 {
			return nil
		}
		state, err := c.ReadRegister(uint16(b.Status), kind)
		r.Moving = int(state)&b.Moving != 0
		if int(state)&b.Fault != 0 {
			r.trouble = fmt.Sprintf("bay %d: the transmitter says that its weight is none (status %#04x)", n+1, state)
		}
		return err
	})
	r.Moving = r.Moving || r.trouble != "" // what it says no weight of does not stand
	return r, err
}

// Run reports each settled weight (shelf.Shelf).
func (s *loadCells) Run(ctx context.Context, report func(observe.Weight)) error {
	tick := time.NewTicker(s.config.Poll)
	defer tick.Stop()
	for bad := 0; ; {
		err := s.look(report)
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

// look reads every bay once.
func (s *loadCells) look(report func(observe.Weight)) error {
	c := sdk.Condition{State: sdk.StateReady}
	for n, filter := range s.filters {
		r, err := s.read(n)
		if err != nil {
			return err
		}
		if r.trouble != "" {
			c = sdk.Condition{State: sdk.StateDegraded, Cause: r.trouble}
		}
		if l, ok := filter.Read(time.Now(), r.Reading); ok {
			report(observe.Weight{Bay: n + 1, Interval: observe.Between(l.Onset, l.Settled), Mass: l.Mass, Deviation: l.Deviation})
		}
	}
	s.mu.Lock()
	s.condition = c
	s.mu.Unlock()
	return nil
}

// Condition says why there is no weight where there is none.
func (s *loadCells) Condition() sdk.Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.condition
}

// Close leaves the line.
func (s *loadCells) Close() error {
	s.station.Leave()
	return nil
}
