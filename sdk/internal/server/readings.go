package server

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// readWithin is how long one health waits for the readings of all devices
// together. One that takes longer costs its own readings and not the health: the
// next health has them.
const readWithin = 100 * time.Millisecond

// maxRefused bounds the sentence about readings that are not taken, in bytes.
const maxRefused = 256

// readings are the newest of one opening. Nothing older is kept.
type readings struct {
	mu      sync.Mutex
	under   chan struct{} // closed when the call under way has returned; nil without one
	newest  []class.Reading
	refused string // why some are not among them
	told    bool   // whether newest went out
	broke   bool   // that the vendor's code panicked was logged
	slow    bool   // that they are waited for in vain was logged
}

// measure has the vendor's readings taken, unless that is under way already, and
// gives what is closed when they are; nil where there are none to take.
func (d *device) measure() <-chan struct{} {
	m, ok := d.value.(class.Measurer)
	if !ok {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readings.mu.Lock()
	defer d.readings.mu.Unlock()
	if d.closed || d.fault != nil {
		return nil
	}
	if d.readings.under == nil {
		done := make(chan struct{})
		d.readings.under = done
		d.calls.Add(1) // Close comes after it
		go func() {
			defer d.calls.Done()
			defer close(done)
			d.readings.take(m, d.log)
		}()
	}
	return d.readings.under
}

// take asks the vendor. What can't be used is told to the host, and a panic is
// logged once an opening.
func (r *readings) take(m class.Measurer, log *slog.Logger) {
	var list []class.Reading
	err := guard("readings", func() error { list = m.Readings(); return nil })
	list, unfit := class.Newest(list)
	r.mu.Lock()
	r.under, r.newest, r.told, r.refused = nil, list, false, ""
	tell := err != nil && !r.broke
	r.broke = r.broke || tell
	if err = cmp.Or(err, unfit); err != nil {
		r.refused = wire.Bound(err.Error(), maxRefused)
	}
	r.mu.Unlock()
	if tell {
		log.Error("the device panicked", "error", err, "stack", wire.StackOf(err))
	}
}

// news gives readings that did not go out yet; nil for none.
func (r *readings) news() *pb.Readings {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newest == nil || r.told {
		return nil
	}
	out := &pb.Readings{Refused: r.refused}
	for _, v := range r.newest {
		out.Readings = append(out.Readings, &pb.Reading{Name: v.Name, Value: v.Value, TakenUs: v.At.UnixMicro()})
	}
	return out
}

// sent says that what news gave goes out.
func (r *readings) sent() {
	r.mu.Lock()
	r.told = true
	r.mu.Unlock()
}

// late tells once that readings are waited for in vain.
func (r *readings) late(log *slog.Logger) {
	r.mu.Lock()
	tell := !r.slow
	r.slow = true
	r.mu.Unlock()
	if tell {
		log.Warn("Readings does not answer at once, and is not waited for", "within", readWithin)
	}
}

// read adds readings to a health that has the devices in the same order, as far
// as there is room: conditions are never cut for them. Where all don't fit, the
// next health begins with those left out.
func (s *Server) read(ctx context.Context, open []*device, r *pb.HealthResponse) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	taken := make([]<-chan struct{}, len(open))
	for i, d := range open {
		taken[i] = d.measure()
	}
	for i, d := range open {
		if taken[i] == nil {
			continue
		}
		select {
		case <-taken[i]:
		case <-ctx.Done():
			d.readings.late(d.log)
		}
	}
	room := wire.MaxStatement - wire.MaxStatement/8 - proto.Size(r)
	s.mu.Lock()
	first := s.readFrom
	s.readFrom = 0
	s.mu.Unlock()
	for i := range open {
		at := (first + i) % len(open)
		news := open[at].readings.news()
		if news == nil {
			continue
		}
		if room -= proto.Size(news) + readingsHead; room < 0 {
			s.mu.Lock()
			s.readFrom = at
			s.mu.Unlock()
			return
		}
		r.Devices[at].Readings = news
		open[at].readings.sent()
	}
}

// readingsHead is what readings cost beside their own bytes, at most: their tag
// and length, and what the length of their device grows by.
const readingsHead = 8
