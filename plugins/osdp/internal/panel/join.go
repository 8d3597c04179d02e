package panel

import (
	"context"
	"sync"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk/fault"
)

// Lines are the lines that devices have joined.
type Lines struct {
	mu   sync.Mutex
	open map[Where]*bus
}

// Station is a device's place at a peripheral. Leave it when done.
type Station struct {
	// Events is what the peripheral says. It is closed, and the device lost, when the
	// device does not listen.
	Events <-chan Event

	events     chan Event
	deaf       bool // guarded by the bus
	peripheral *peripheral
	bus        *bus
	lines      *Lines
	leave      sync.Once
}

// Join begins to talk to a peripheral, or shares it where another device does so
// already. The line is opened where this is its first device.
func (l *Lines) Join(ctx context.Context, where Where, o Options) (*Station, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.open[where]
	if b == nil {
		wire, err := where.open(ctx)
		if err != nil {
			return nil, err
		}
		if l.open == nil {
			l.open = map[Where]*bus{}
		}
		b = newBus(where, wire)
		l.open[where] = b
		go b.run()
	}
	p, err := b.peripheral(o)
	if err != nil {
		if b.vacant() {
			l.shut(where, b)
		}
		return nil, err
	}
	events := make(chan Event, maxEvents)
	s := &Station{Events: events, events: events, peripheral: p, bus: b, lines: l}
	b.enter(s)
	return s, nil
}

// Leave gives the place up, and the line where nobody else is on it. It returns
// when nothing is sent any more for this device.
func (s *Station) Leave() {
	s.leave.Do(func() {
		s.lines.mu.Lock()
		defer s.lines.mu.Unlock()
		s.bus.exit(s)
		if s.bus.vacant() {
			s.lines.shut(s.bus.where, s.bus)
		}
	})
}

func (l *Lines) shut(where Where, b *bus) {
	delete(l.open, where)
	close(b.stop)
	b.interrupt()
	<-b.done
}

// Identity is what the peripheral said that it is; false before it did.
func (s *Station) Identity() (osdp.Identity, bool) {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	return s.peripheral.identity, s.peripheral.known
}

// Can is what the peripheral said that it can do; nil before it did.
func (s *Station) Can() osdp.Capabilities {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	return s.peripheral.can
}

// Do has the peripheral carry out a command. A fault of code unavailable or
// refused means that it did not; unknown that nobody can tell.
func (s *Station) Do(ctx context.Context, code byte, data []byte) error {
	c := &command{code: code, data: data, done: make(chan error, 1)}
	s.bus.mu.Lock()
	if !s.peripheral.online {
		cause := s.peripheral.cause
		s.bus.mu.Unlock()
		return fault.Errorf(fault.Unavailable, "%s", cause)
	}
	s.peripheral.waiting = append(s.peripheral.waiting, c)
	s.bus.mu.Unlock()
	s.bus.wake()
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if s.bus.withdraw(s.peripheral, c) {
			return fault.Wrap(fault.Unavailable, "wait for the line", ctx.Err())
		}
		return fault.Wrap(fault.Unknown, "wait for "+osdp.Name(code, false), ctx.Err())
	}
}

// command is one that waits for its turn.
type command struct {
	code byte
	data []byte
	done chan error
}
