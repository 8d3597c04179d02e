package panel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/line"
)

// bus is a line and what is on it. Its goroutine alone reads and writes the line.
type bus struct {
	where Where
	stop  chan struct{}
	done  chan struct{}
	woken chan struct{}

	reader osdp.Reader
	spoke  bool // a whole frame of a peripheral came since the line was opened

	mu          sync.Mutex // guards what follows, peripherals included
	wire        line.Line  // nil while it is gone
	peripherals map[byte]*peripheral
	stations    map[*Station]struct{}
}

func newBus(where Where, wire line.Line) *bus {
	return &bus{
		where: where, wire: wire, stop: make(chan struct{}), done: make(chan struct{}), woken: make(chan struct{}, 1),
		peripherals: map[byte]*peripheral{}, stations: map[*Station]struct{}{},
	}
}

// peripheral gives the one at an address.
func (b *bus) peripheral(o Options) (*peripheral, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.peripherals[o.Address]
	if p == nil {
		return newPeripheral(o, b.where), nil
	}
	same := p.options.Install == o.Install && p.options.Checksum == o.Checksum && (p.options.Key == nil) == (o.Key == nil)
	if same && o.Key != nil {
		same = osdp.Equal(p.options.Key[:], o.Key[:])
	}
	if !same {
		return nil, fault.At("key", fault.Errorf(fault.Invalid, "another device of peripheral %d has another key, install, clear or checksum: write the same for both", o.Address))
	}
	return p, nil
}

func (b *bus) vacant() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.stations) == 0
}

func (b *bus) enter(s *Station) {
	b.mu.Lock()
	b.stations[s] = struct{}{}
	b.peripherals[s.peripheral.options.Address] = s.peripheral
	b.mu.Unlock()
	b.wake()
}

// exit takes a device off, and its peripheral where no other device has it.
func (b *bus) exit(s *Station) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.stations, s)
	for other := range b.stations {
		if other.peripheral == s.peripheral {
			return
		}
	}
	delete(b.peripherals, s.peripheral.options.Address)
	s.peripheral.reset("the device is closed")
}

// withdraw takes back a command that was not begun.
func (b *bus) withdraw(p *peripheral, c *command) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	at := slices.Index(p.waiting, c)
	if at < 0 {
		return false
	}
	p.waiting = slices.Delete(p.waiting, at, at+1)
	return true
}

func (b *bus) wake() {
	select {
	case b.woken <- struct{}{}:
	default:
	}
}

// interrupt ends a read under way.
func (b *bus) interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wire != nil {
		_ = b.wire.Close()
	}
}

func (b *bus) stopped() bool {
	select {
	case <-b.stop:
		return true
	default:
		return false
	}
}

// run asks until the line is given up.
func (b *bus) run() {
	defer close(b.done)
	for !b.stopped() {
		if b.wire == nil && !b.reopen() {
			b.rest(time.Now().Add(reopenEvery))
			continue
		}
		next := time.Now().Add(pollEvery)
		for _, p := range b.all() {
			if b.stopped() || b.wire == nil {
				break
			}
			if wait := p.due(); time.Now().Before(wait) && !b.hurried(p) {
				next = earlier(next, wait)
				continue
			}
			if err := b.turn(p); err != nil {
				b.gone(err)
				break
			}
			next = earlier(next, p.due())
		}
		b.rest(next)
	}
	b.interrupt()
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (b *bus) all() []*peripheral {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(maps.Values(b.peripherals), func(p, q *peripheral) int { return int(p.options.Address) - int(q.options.Address) })
}

// hurried says whether a command waits for a peripheral that can take one.
func (b *bus) hurried(p *peripheral) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return p.online && len(p.waiting) > 0
}

func (b *bus) rest(until time.Time) {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
	case <-b.woken:
	case <-b.stop:
	}
}

// gone notes that the line itself is lost.
func (b *bus) gone(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wire != nil {
		_ = b.wire.Close()
		b.wire = nil
	}
	for _, p := range b.peripherals {
		p.reset(fmt.Sprintf("the line at %s is gone: %v", b.where, err))
	}
}

func (b *bus) reopen() bool {
	ctx, cancel := context.WithTimeout(context.Background(), dialWithin)
	defer cancel()
	go func() {
		select {
		case <-b.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	wire, err := b.where.open(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		for _, p := range b.peripherals {
			p.cause = fmt.Sprintf("the line can't be opened: %v", err)
		}
		return false
	}
	b.wire = wire
	b.reader.Reset()
	b.spoke = false
	return true
}

// errSilent is of a peripheral that did not answer.
var errSilent = errors.New("no answer")

// ask sends a frame, again where no answer comes, and gives the answer. errSilent
// is the peripheral's; any other error is the line's.
func (b *bus) ask(p *peripheral, f *osdp.Frame) (osdp.Frame, error) {
	out := f.Append([]byte{osdp.Mark})
	again := tries
	if !p.heard { // whoever is away costs the others little
		again = 1
	}
	for busy, try := 0, 0; try < again; {
		if _, err := b.wire.Write(out); err != nil {
			return osdp.Frame{}, err
		}
		got, err := b.answer(p, f)
		switch {
		case errors.Is(err, errSilent):
			try++
		case err != nil:
			return osdp.Frame{}, err
		case got.Code == osdp.Busy && busy < busyTries:
			busy++
			b.rest(time.Now().Add(pollEvery))
			if b.stopped() {
				return osdp.Frame{}, os.ErrClosed
			}
		case got.Code == osdp.Busy:
			return osdp.Frame{}, errSilent
		default:
			return got, nil
		}
	}
	return osdp.Frame{}, errSilent
}

// answer waits for what a peripheral says to a frame. What others say, or what
// answers an earlier frame, is passed over.
func (b *bus) answer(p *peripheral, f *osdp.Frame) (osdp.Frame, error) {
	var chunk [512]byte
	end := time.Now().Add(answerWithin + b.where.lasts(len(f.Data)+minAsked))
	for begun := false; ; {
		for {
			got, ok, err := b.reader.Next()
			b.spoke = b.spoke || ok && got.Reply
			if ok && p.answers(f, &got) {
				return got, nil
			}
			if err != nil {
				p.damaged++
			} else if !ok {
				break
			}
		}
		left := time.Until(end)
		if left <= 0 {
			return osdp.Frame{}, errSilent
		}
		n, err := b.wire.ReadWithin(chunk[:], left)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return osdp.Frame{}, err
		}
		if n > 0 && !begun {
			begun, end = true, end.Add(b.where.lasts(osdp.MaxFrame))
		}
		p.noise = p.noise || bytes.Count(chunk[:n], []byte{osdp.Mark}) < n
		_, _ = b.reader.Write(chunk[:n])
	}
}

// lasts is how long bytes take on the line.
func (w Where) lasts(n int) time.Duration {
	if w.Baud == 0 {
		return 0
	}
	return time.Duration(n) * 10 * time.Second / time.Duration(w.Baud)
}
