package engine

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// The limits on how often a device's state is written down. A device that goes
// up and down without end would fill the journal; what it settles on is written
// all the same, and at once where it stops serving.
const (
	// FlapBurst is how many changes of one device are written as they come.
	FlapBurst = 20
	// FlapEvery is how often one is from then on.
	FlapEvery = 3 * time.Second
)

// damper holds back changes of devices that change their state too often. What
// is held back is the newest: those before it are counted.
type damper struct {
	mu      sync.Mutex
	devices map[string]*flapping
	held    map[string]*flapping // those with something held back
}

func newDamper() damper { return damper{devices: map[string]*flapping{}, held: map[string]*flapping{}} }

type flapping struct {
	// last was written.
	last event.DeviceStatus
	// full is when the next change would be one too many (GCRA: the theoretical
	// arrival time of the change after it).
	full time.Time
	held *event.DeviceStatus
	// passed counts the changes since last that are not written.
	passed int
}

// take returns what of a change is to be written now, and whether anything is
// held back for later.
func (d *damper) take(now time.Time, s event.DeviceStatus) (write, held bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.devices[s.Device]
	if f == nil {
		f = &flapping{}
		d.devices[s.Device] = f
	}
	switch stops := f.last.State.Serving() && !s.State.Serving(); {
	case s == f.last && f.held == nil:
		return false, false
	case s == f.last: // back to what is written
		f.held, f.passed = nil, f.passed+1
		delete(d.held, s.Device)
		return false, false
	case stops, f.held == nil && f.allows(now):
		f.write(now, s)
		delete(d.held, s.Device)
		return true, false
	}
	if f.held != nil {
		f.passed++
	}
	f.held = &s
	d.held[s.Device] = f
	return false, true
}

// unwritten takes back that a change was written: the next is news.
func (d *damper) unwritten(s event.DeviceStatus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.devices[s.Device]; f != nil && f.last == s {
		f.last = event.DeviceStatus{}
	}
}

// allows reports whether one more change may be written now.
func (f *flapping) allows(now time.Time) bool { return !now.Before(f.next()) }

// next is when one more change may be written.
func (f *flapping) next() time.Time { return f.full.Add(-(FlapBurst - 1) * FlapEvery) }

func (f *flapping) write(now time.Time, s event.DeviceStatus) {
	if f.full.Before(now) {
		f.full = now
	}
	f.full = f.full.Add(FlapEvery)
	if most := now.Add(FlapBurst * FlapEvery); f.full.After(most) {
		f.full = most
	}
	f.last, f.held, f.passed = s, nil, 0
}

// due hands the changes that were held back long enough to put, which reports
// whether it took one.
func (d *damper) due(now time.Time, put func(event.DeviceStatus) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, device := range slices.Sorted(maps.Keys(d.held)) {
		f := d.held[device]
		if !f.allows(now) {
			continue
		}
		s := *f.held
		told := s
		if f.passed > 0 {
			told.Cause = fmt.Sprintf("%s (after %d more changes of its state)", s.Cause, f.passed)
		}
		if put(told) {
			f.write(now, s)
			delete(d.held, device)
		}
	}
}

// wake is when something held back is next due.
func (d *damper) wake() (at time.Time, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.held {
		if next := f.next(); !ok || next.Before(at) {
			at, ok = next, true
		}
	}
	return at, ok
}
