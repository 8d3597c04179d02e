package storetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// restate is how long devices take to say what is so after they were opened.
	restate = 5 * time.Second
	// fullBay is how many units a facing holds that doesn't say.
	fullBay = 12
	// grain is what a scale reads in.
	grain = measure.Gram
	// down is why a device is offline.
	downCause = "the test took it down"
)

// device is a device of the store, as its plugin would be.
type device struct {
	w          *world
	def        *storedef.Device
	epoch, seq uint64
	down       bool
}

// open is a new opening: it is ready and says what is so.
func (d *device) open() {
	d.epoch = max(d.epoch+1, uint64(d.w.now.UnixMicro())<<12)
	d.seq, d.down = 0, false
	d.w.step(event.DeviceStatus{Device: d.def.Address, Epoch: d.epoch, State: event.StateReady})
	for i := range d.def.Bays {
		d.w.bays[d.def.Bays[i].Address].weigh(d.w.now)
	}
	if d.def.Class == storedef.ClassCamera {
		d.w.seenAgain(d)
	}
}

// power does what a down or up block says.
func (w *world) power(s storefile.DeviceStep) *storefile.Problem {
	d := w.devices[s.Device]
	switch {
	case s.Down && d.down:
		return trouble("It is down already", "%s was taken down before. up { device = %s } opens it again.", s.Device, s.Device)
	case !s.Down && !d.down:
		return trouble("It is not down", "%s works. down { device = %s } takes it down.", s.Device, s.Device)
	case s.Down:
		d.down = true
		w.step(event.DeviceStatus{Device: s.Device, Epoch: d.epoch, State: event.StateOffline, Cause: downCause})
	default:
		d.open()
	}
	return nil
}

// unit is one thing that is sold.
type unit struct {
	product gs1.GTIN
	mass    measure.Mass
	epc     string
}

// bay is one weighed part of a shelf, and what stands on it.
type bay struct {
	w     *world
	shelf *device
	def   storedef.Bay
	units []*unit
}

// newBay fills a bay as the planogram says.
func (w *world) newBay(shelf *device, def storedef.Bay) *bay {
	b := &bay{w: w, shelf: shelf, def: def}
	for _, f := range w.index.Store.Facings {
		if f.At != def.Address {
			continue
		}
		for range cmp.Or(f.Depth, fullBay) {
			b.units = append(b.units, w.newUnit(f.Product))
		}
	}
	return b
}

func (w *world) newUnit(g gs1.GTIN) *unit {
	u := &unit{product: g}
	if p := w.index.Product(g); p != nil {
		u.mass = p.Mass
	}
	return u
}

// tag puts a tag on a unit that has none.
func (w *world) tag(u *unit) {
	if u.epc != "" {
		return
	}
	const prefixLength = 7 // of the GS1 company prefix: any that fits tells the same GTIN
	w.serials[u.product]++
	if s, err := gs1.NewSGTIN(u.product, prefixLength, w.serials[u.product]); err == nil {
		if e, err := s.EPC(); err == nil {
			u.epc = e.String()
		}
	}
}

func (b *bay) count(g gs1.GTIN) (n int) {
	for _, u := range b.units {
		if u.product == g {
			n++
		}
	}
	return n
}

// remove takes units of a product off the bay.
func (b *bay) remove(g gs1.GTIN, n int) (taken []*unit) {
	b.units = slices.DeleteFunc(b.units, func(u *unit) bool {
		if u.product != g || len(taken) == n {
			return false
		}
		taken = append(taken, u)
		return true
	})
	return taken
}

// weigh reports what stands on the bay since an onset.
func (b *bay) weigh(onset time.Time) {
	var mass measure.Mass
	for _, u := range b.units {
		mass += u.mass
	}
	b.w.report(b.shelf, observe.Weight{Interval: observe.Between(onset, b.w.now), Bay: b.def.Number, Mass: (mass + grain/2) / grain * grain, Deviation: grain})
}
