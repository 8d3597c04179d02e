package wired

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/camera"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/shelf"
)

// sensor is a device as the shop has it: it is there whether a plugin drives it
// or not. What it sees while none does nobody ever hears of.
type sensor struct {
	w       *world
	address string

	// mu keeps the order of a device's reports; it is held while one is handed to
	// the SDK, which takes it at once.
	mu      sync.Mutex
	report  func(observe.Evidence) // nil while nobody listens
	present *opening
	stamp   int64 // of the last report, Unix microseconds
	lost    chan error
	buffer  []observe.Evidence // what it told last, for when it is opened again
}

func (w *world) sensor(def storedef.Device) storedef.Device {
	if w.sensors == nil {
		w.sensors = map[string]*sensor{}
	}
	w.sensors[def.Address] = &sensor{w: w, address: def.Address}
	return def
}

// now is a time that no other report of the device has: reports are told apart
// by it. The sensor's lock is held.
func (s *sensor) now() time.Time {
	us := max(time.Now().UnixMicro(), s.stamp+1)
	s.stamp = us
	return time.UnixMicro(us)
}

// say reports what make gives for a time.
func (s *sensor) say(evidence func(now time.Time) observe.Evidence) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saying(evidence)
}

// saying is say with the lock held.
func (s *sensor) saying(evidence func(now time.Time) observe.Evidence) bool {
	if s.report == nil {
		return false
	}
	e := evidence(s.now())
	s.present.add(e)
	s.buffer = append(s.buffer, e)
	if len(s.buffer) > 8 {
		s.buffer = s.buffer[1:]
	}
	s.report(e)
	return true
}

// run is Run of a device's driver.
func (s *sensor) run(ctx context.Context, report func(observe.Evidence), restate func()) error {
	s.mu.Lock()
	if s.report != nil { // the driver before it is being killed and reports to nobody
		s.present.over()
	}
	o := s.w.books.opens(s.address)
	lost := make(chan error, 1)
	s.report, s.present, s.lost = report, o, lost
	if old := s.repeats(); old != nil {
		for _, e := range old {
			o.add(e)
			report(e)
		}
	}
	if restate != nil {
		restate()
	}
	s.mu.Unlock()
	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-lost:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o.over()
	if s.present == o {
		s.report, s.present = nil, nil
	}
	return err
}

// repeats gives what a device that was opened again tells a second time. Its
// lock is held.
func (s *sensor) repeats() []observe.Evidence {
	old := s.buffer
	s.buffer = nil
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if len(old) == 0 || time.Since(old[0].Span().Settled) > time.Minute || !s.w.hit(deviceRepeats) {
		return nil
	}
	s.w.took(deviceRepeats)
	return old
}

// lose ends the driver as a device does that can't go on.
func (s *sensor) lose() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.report == nil {
		return false
	}
	select {
	case s.lost <- io.ErrUnexpectedEOF:
		return true
	default:
		return false
	}
}

// nothing is the configuration of a driver that needs none.
type nothing struct{}

// driver gives a driver's open function for devices that the shop has.
func driver[D any](w *world, made func(*sensor) D) func(context.Context, sdk.Env, nothing) (D, error) {
	return func(_ context.Context, env sdk.Env, _ nothing) (d D, err error) {
		s := w.sensors[env.Address]
		if s == nil {
			return d, fault.Errorf(fault.Invalid, "there is no %s", env.Address)
		}
		return made(s), nil
	}
}

// plugin gives the plugin of a name.
func (w *world) plugin(name string) sdk.Plugin {
	p := sdk.Plugin{Name: "madeup/" + name, Version: "1.0.0"}
	switch name {
	case pluginFront:
		p.Drivers = []sdk.Driver{
			gate.Driver("lane", driver(w, func(s *sensor) gate.Gate { return laneDriver{s, w.laneOf(s)} })),
			credential.Driver("palm", driver(w, func(s *sensor) credential.Reader { return readerDriver{s} })),
		}
	case pluginFloor:
		p.Drivers = []sdk.Driver{
			camera.Driver("ceiling", driver(w, func(s *sensor) camera.Camera { return cameraDriver{s} })),
			shelf.Driver("plates", driver(w, func(s *sensor) shelf.Shelf { return shelfDriver{s} })),
		}
	case pluginCards:
		d := w.processing()
		p.Drivers = []sdk.Driver{payment.Driver("processor", payment.Capabilities{
			KeyWindow: d.KeyWindow, LookupByKey: d.LookupByKey, LookupByReference: d.LookupByReference, SettlingDelay: d.SettlingDelay,
			HoldLifetime: d.HoldLifetime, PartialCapture: d.PartialCapture, MultipleCapture: d.MultipleCapture, Increment: d.Increment,
			VoidAfterCapture: d.VoidAfterCapture, PartialRefund: d.PartialRefund, RefundWindow: d.RefundWindow,
		}, driver(w, func(*sensor) payment.Processor { return w.cards }))}
	}
	return p
}

func (w *world) laneOf(s *sensor) *lane {
	i := slices.IndexFunc(w.gates, func(g *lane) bool { return g.passages == s })
	return w.gates[i]
}

type readerDriver struct{ s *sensor }

func (d readerDriver) Run(ctx context.Context, report func(observe.Credential)) error {
	return d.s.run(ctx, func(e observe.Evidence) {
		if c, ok := e.(observe.Credential); ok {
			report(c)
		}
	}, nil)
}

type laneDriver struct {
	s *sensor
	*lane
}

func (d laneDriver) Run(ctx context.Context, report func(observe.Passage)) error {
	return d.s.run(ctx, func(e observe.Evidence) {
		if p, ok := e.(observe.Passage); ok {
			report(p)
		}
	}, nil)
}

// Identity makes the gate one that is leased.
func (d laneDriver) Identity() class.Identity {
	return class.Identity{Model: "lane", SerialNumber: d.s.address}
}

type shelfDriver struct{ s *sensor }

func (d shelfDriver) Run(ctx context.Context, report func(observe.Weight)) error {
	return d.s.run(ctx, func(e observe.Evidence) {
		if l, ok := e.(observe.Weight); ok {
			report(l)
		}
	}, func() {
		for _, b := range d.s.w.bays {
			if b.shelf == d.s {
				d.s.saying(b.restate)
			}
		}
	})
}

type cameraDriver struct{ s *sensor }

func (d cameraDriver) Run(ctx context.Context, report camera.Report) error {
	return d.s.run(ctx, func(e observe.Evidence) {
		if p, ok := e.(observe.Presence); ok {
			report.Presence(p)
		}
		if i, ok := e.(observe.Interaction); ok {
			report.Interaction(i)
		}
	}, d.restate)
}

// restate tells of every live track, in the order in which they came.
func (d cameraDriver) restate() {
	w := d.s.w
	w.mu.Lock()
	var live []observe.Presence
	for b := range w.bodies {
		if b.track != "" {
			live = append(live, observe.Presence{Track: b.track, Zone: b.zone, Phase: observe.PhasePresent})
		}
	}
	w.mu.Unlock()
	slices.SortFunc(live, func(a, b observe.Presence) int { return len(a.Track) - len(b.Track) })
	for _, p := range live {
		d.s.saying(func(now time.Time) observe.Evidence { p.Interval = observe.At(now); return p })
	}
}

// bay is one weighed part of a shelf. The world's lock guards it.
type bay struct {
	w       *world
	shelf   *sensor
	number  int
	address string
	zone    string
	product *product
	units   int

	hands, served int
	open          bool
	onset         time.Time
	last          int64 // the level before the hands came
}

type product struct {
	gtin  gs1.GTIN
	mass  int64 // milligrams
	price int64
}

const (
	// settle is how long after the last hand a plate comes to rest.
	settle = time.Second
	// handsAtOnce is how many hands may be at a bay before it comes to rest.
	handsAtOnce = 2
	grain       = 1000 // of a scale, in milligrams
)

func (b *bay) level() int64 { return int64(b.units) * b.product.mass }

// touch puts a hand over the bay, where there is room.
func (b *bay) touch() bool {
	if b.open && b.served >= b.w.hands {
		return false
	}
	if !b.open {
		b.open, b.onset, b.served, b.last = true, time.Now(), 0, b.level()
	}
	b.hands++
	b.served++
	return true
}

// release takes a hand away. Some time after the last the plate is at rest.
func (b *bay) release() {
	if b.hands--; b.hands > 0 {
		return
	}
	served := b.served
	b.w.work.Go(func() {
		time.Sleep(settle)
		b.w.mu.Lock()
		if b.hands > 0 || b.served != served || !b.open {
			b.w.mu.Unlock()
			return
		}
		b.open = false
		onset, level := b.onset, b.level()
		b.w.mu.Unlock()
		b.shelf.say(func(now time.Time) observe.Evidence { return b.weight(onset, now, level) })
	})
}

func (b *bay) weight(onset, now time.Time, level int64) observe.Weight {
	return observe.Weight{Interval: observe.Between(onset, now), Bay: b.number, Mass: measure.Mass(level), Deviation: grain}
}

// restate gives what a shelf says that has just been opened.
func (b *bay) restate(now time.Time) observe.Evidence {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	if b.open { // it is not at rest: what was so before
		return b.weight(now, now, b.last)
	}
	return b.weight(now, now, b.level())
}
