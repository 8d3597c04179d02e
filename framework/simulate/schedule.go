package simulate

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// plans are the faults that strike at a time of their own. Each reports whether
// it took effect; one that didn't is tried again a little later.
var plans = map[FaultID]func(w *world) bool{
	FP1: func(w *world) bool {
		if !w.host.up {
			return false
		}
		w.tookAll(FP1)
		r := w.faults.dice[FP1]
		w.crash(r.IntN(2) == 0, downTime(r))
		return true
	},
	FP3:  func(w *world) bool { return w.freeze(FP3, 30*time.Second) },
	FP5:  (*world).crashPlugin,
	FP11: (*world).secondHost,
	FN5: func(w *world) bool {
		r := w.faults.dice[FN5]
		for_ := []time.Duration{time.Minute, time.Minute, time.Minute, time.Hour, 72 * time.Hour}[r.IntN(5)]
		return w.cutOff(for_, false)
	},
	FN6: func(w *world) bool {
		w.net.oneWay = w.tl.now + between(w.faults.dice[FN6], 10*time.Second, 40*time.Second)
		return true
	},
	FN7: (*world).stall,
	FN8: func(w *world) bool {
		w.net.refused = w.tl.now + between(w.faults.dice[FN8], 5*time.Second, time.Minute)
		return true
	},
	FN9:  (*world).storm,
	FN10: (*world).reboot,
	FD1:  func(w *world) bool { return w.diskStop(FD1) },
	FD2:  func(w *world) bool { return w.diskStop(FD2) },
	FD3:  func(w *world) bool { return w.diskStop(FD3) },
	FD4:  func(w *world) bool { return w.diskStop(FD4) },
	FD5:  func(w *world) bool { return w.diskStop(FD5) },
	FD6: func(w *world) bool {
		if !w.host.up || len(w.host.disk.recs) == 0 {
			return false
		}
		w.crash(false, downTime(w.faults.dice[FD6]))
		w.host.disk.flipped = 1 + w.faults.dice[FD6].IntN(len(w.host.disk.recs))
		return true
	},
	FD7: func(w *world) bool {
		if !w.host.up || len(w.host.disk.recs) < 10 {
			return false
		}
		w.crash(false, downTime(w.faults.dice[FD7]))
		w.host.disk.older = 1 + w.faults.dice[FD7].IntN(len(w.host.disk.recs)/2)
		return true
	},
	FD9: func(w *world) bool {
		if !w.host.up {
			return false
		}
		w.crash(false, downTime(w.faults.dice[FD9]))
		return true
	},
	FC1: (*world).stepClock,
	FC4: func(w *world) bool { return w.suspend() },
	FV3: (*world).freezeCamera,
	FV5: (*world).stickGate,
	FV6: (*world).evacuate,
	FV7: (*world).replaceDevice,
	FY5: func(w *world) bool {
		return w.cutOff(time.Duration(w.processor.Caps.KeyWindow)+between(w.faults.dice[FY5], time.Minute, 20*time.Minute), true)
	},
	FY13: func(w *world) bool {
		w.net.busy = w.tl.now + between(w.faults.dice[FY13], 5*time.Second, time.Minute)
		return true
	},
	FY8:  (*world).failCapture,
	FY11: (*world).chargeBack,
	FY10: (*world).misorder,
	FG1:  func(w *world) bool { return w.changeDefinition(FG1) },
	FG2:  (*world).removeDevice,
	FG3:  func(w *world) bool { return w.changeDefinition(FG3) },
	FG4: func(w *world) bool {
		w.net.secret = w.tl.now + between(w.faults.dice[FG4], 5*time.Second, 40*time.Second)
		return true
	},
	FG5: (*world).halfWritten,
	FG6: (*world).anotherStore,
}

// plan draws when the planned faults strike.
func (w *world) plan(until time.Duration) {
	for id := range faultCount {
		do, planned := plans[id]
		if !planned || !w.faults.on[id] {
			continue
		}
		n := 1
		if w.faults.must[id] {
			n = 2
		} else if w.faults.rate > 140 {
			n = 1 + w.faults.dice[id].IntN(2)
		}
		if id == FY10 {
			n *= 4
		}
		for range n {
			w.tl.at(between(w.faults.dice[id], 8*time.Second, until), func() { w.strike(id, do) })
		}
	}
}

func (w *world) strike(id FaultID, do func(*world) bool) {
	if w.faults.over || w.stop {
		return
	}
	if !w.faults.due(id) || !do(w) {
		w.tl.after(between(w.faults.dice[id], time.Second, 6*time.Second), func() { w.strike(id, do) })
	}
}

func (w *world) freeze(id FaultID, long time.Duration) bool {
	if !w.host.up || w.host.frozen > w.tl.now {
		return false
	}
	w.host.frozen = w.tl.now + long
	w.tookAll(id)
	w.tl.at(w.host.frozen, func() { w.witness.Troubled("", w.wall(w.tl.now)) })
	return true
}

// suspend is the machine sleeping: the host stands, and plugins see nothing.
func (w *world) suspend() bool {
	long := between(w.faults.dice[FC4], 30*time.Second, 10*time.Minute)
	if !w.freeze(FC4, long) {
		return false
	}
	for _, d := range w.devices {
		d.blind = true
	}
	w.tl.after(long, func() {
		for _, d := range w.devices {
			d.blind = false
			if d.open { // plugins find that they slept, and open their devices again
				w.outOfService(d, 200*time.Millisecond, event.StateOffline, "the machine slept")
			}
		}
	})
	return true
}

func (w *world) crashPlugin() bool {
	d := w.devices[w.faults.dice[FP5].IntN(len(w.devices))]
	if !d.open || !w.host.up {
		return false
	}
	w.tookAll(FP5)
	w.outOfService(d, between(w.faults.dice[FP5], 50*time.Millisecond, 3*time.Second), event.StateOffline, "the plugin ended")
	return true
}

func (w *world) storm() bool {
	if !w.host.up {
		return false
	}
	w.tookAll(FN9)
	for _, d := range w.devices {
		if d.open {
			w.outOfService(d, between(w.faults.dice[FN9], 50*time.Millisecond, 2*time.Second), event.StateOffline, "the network switch was reset")
		}
	}
	return true
}

// reboot is a device that starts again and is opened again.
func (w *world) reboot() bool {
	var some []*device
	for _, d := range w.devices {
		if d.open && len(d.buffer) > 0 {
			some = append(some, d)
		}
	}
	if len(some) == 0 || !w.host.up {
		return false
	}
	d := some[w.faults.dice[FN10].IntN(len(some))]
	w.outOfService(d, between(w.faults.dice[FN10], 100*time.Millisecond, 2*time.Second), event.StateOffline, "it started again")
	return true
}

// stall has a device's stream stand for ten seconds.
func (w *world) stall() bool {
	d := w.devices[w.faults.dice[FN7].IntN(len(w.devices))]
	if !d.open || d.def.Class == storedef.ClassPayment {
		return false
	}
	d.stalled = w.tl.now + 10*time.Second
	w.tookAll(FN7)
	return true
}

// cutOff has no call reach the processor. A key window is outlived only where
// a call's outcome is unknown meanwhile.
func (w *world) cutOff(long time.Duration, window bool) bool {
	if w.net.offline > w.tl.now {
		return false
	}
	w.net.offline, w.net.longest = w.tl.now+long, long
	if window {
		w.net.longest = -long
	}
	d := w.byAddress[processorAddress]
	tells := w.netDice.IntN(2) == 0 && d.open && w.host.up
	if tells { // the plugin notices after a while
		w.host.put(d.def.Address, event.DeviceStatus{Device: d.def.Address, Epoch: d.epoch, State: event.StateOffline, Cause: "the processor can't be reached"})
	}
	opening := d.opening
	end := w.net.offline
	w.tl.at(end, func() {
		w.witness.Troubled("", w.wall(w.tl.now))
		if tells && d.opening == opening && w.host.up {
			w.host.put(d.def.Address, event.DeviceStatus{Device: d.def.Address, Epoch: d.epoch, State: event.StateReady})
		}
	})
	return true
}

func (w *world) diskStop(id FaultID) bool {
	if !w.host.up {
		return false
	}
	w.tookAll(id)
	w.host.disk.full = id == FD1
	r := w.faults.dice[id]
	w.crash((id == FD3 || id == FD5) && r.IntN(2) == 0, downTime(r))
	return true
}

// stepClock sets the machine's clock. A host that runs keeps its own time; the
// next one starts with what the machine says.
func (w *world) stepClock() bool {
	r := w.faults.dice[FC1]
	if !w.host.up {
		return false
	}
	steps := []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour, time.Date(1970, 1, 1, 0, 0, 9, 0, time.UTC).Sub(w.base),
		time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC).Sub(w.base)}
	w.clockSkew += steps[r.IntN(len(steps))]
	w.tookAll(FC1)
	w.crash(r.IntN(2) == 0, downTime(r))
	return true
}

func (w *world) freezeCamera() bool {
	c := w.camera()
	if !c.open || c.blind {
		return false
	}
	c.blind = true
	w.tookAll(FV3)
	w.tl.after(5*time.Second, func() { // a frozen picture is noticed
		c.blind = false
		if c.open {
			w.outOfService(c, between(w.faults.dice[FV3], time.Second, 8*time.Second), event.StateOffline, "the picture is frozen")
		}
	})
	return true
}

func (w *world) stickGate() bool {
	g := w.gates[w.faults.dice[FV5].IntN(len(w.gates))]
	g.stuck = w.tl.now + between(w.faults.dice[FV5], 5*time.Second, 20*time.Second)
	w.tookAll(FV5)
	return true
}

// evacuate is the emergency input: the flaps are free at once, and people leave
// without being counted.
func (w *world) evacuate() bool {
	inside := 0
	for _, b := range append([]*body(nil), w.bodies...) {
		if b.out || b.leaving {
			continue
		}
		inside++
		b.leaving = true
		w.tl.after(between(b.dice, time.Second, 5*time.Second), func() {
			if b.out {
				return
			}
			b.gone(w.faults.dice[FV6].IntN(2) == 0)
			b.visit.bodyOut()
		})
	}
	if inside == 0 {
		return false
	}
	w.tookAll(FV6)
	return true
}

func (w *world) replaceDevice() bool {
	d := w.devices[w.faults.dice[FV7].IntN(len(w.devices))]
	if !d.open || !w.host.up || d.def.Class == storedef.ClassPayment {
		return false
	}
	w.tookAll(FV7)
	w.outOfService(d, between(w.faults.dice[FV7], 5*time.Second, 40*time.Second), event.StateFailed, "it is another device than before, which nobody has approved")
	return true
}

// adopt hands the host another definition.
func (w *world) adopt(s storedef.Store) {
	w.store = s
	w.digests++
	w.host.put("definition", event.Definition{Store: s, Salt: "salt", Digest: itoa(w.digests)})
}

// changeDefinition adopts another definition with shoppers inside: other prices,
// another hold, another grace.
func (w *world) changeDefinition(id FaultID) bool {
	if !w.host.up || len(w.bodies) == 0 {
		return false
	}
	r := w.faults.dice[id]
	s := w.store
	if id == FG1 {
		s.Attribution.Grace += time.Duration(r.IntN(2000)) * time.Millisecond
		s.Settlement.Hold = w.amount(s.Settlement.Hold.Minor + int64(r.IntN(500)))
		s.Receipt.ReviewWithin += time.Minute
	} else {
		s.Products = append([]storedef.Product(nil), s.Products...)
		for i := range s.Products {
			p := &s.Products[i]
			p.Price = w.amount(max(1, p.Price.Minor*int64(70+r.IntN(60))/100))
		}
	}
	w.tookAll(id)
	w.adopt(s)
	return true
}

// removeDevice adopts a definition without one of the devices, and later one
// with it again.
func (w *world) removeDevice() bool {
	if !w.host.up || len(w.bodies) == 0 {
		return false
	}
	var some []*device
	for _, d := range w.devices {
		if c := d.def.Class; d.open && (c == storedef.ClassWeightShelf || c == storedef.ClassRFIDReader || c == storedef.ClassCredentialReader) {
			some = append(some, d)
		}
	}
	if len(some) == 0 {
		return false
	}
	d := some[w.faults.dice[FG2].IntN(len(some))]
	s := w.store
	s.Devices = nil
	for _, o := range w.store.Devices {
		if o.Address != d.def.Address {
			s.Devices = append(s.Devices, o)
		}
	}
	s.Facings = nil
	for _, f := range w.store.Facings {
		if !hasBay(&d.def, f.At) {
			s.Facings = append(s.Facings, f)
		}
	}
	w.oldDefinition = w.store
	w.tookAll(FG2)
	d.end()
	d.absent = true
	w.host.put(d.def.Address, event.DeviceStatus{Device: d.def.Address, Epoch: d.epoch, State: event.StateClosing})
	w.adopt(s)
	w.tl.after(between(w.faults.dice[FG2], 10*time.Second, 2*time.Minute), w.endChanges)
	return true
}

func hasBay(d *storedef.Device, bay string) bool {
	for i := range d.Bays {
		if d.Bays[i].Address == bay {
			return true
		}
	}
	return false
}

// endChanges brings devices back that were removed.
func (w *world) endChanges() {
	for _, d := range w.devices {
		if !d.absent {
			continue
		}
		d.absent = false
		s := w.store
		s.Devices, s.Facings = w.oldDefinition.Devices, w.oldDefinition.Facings
		if w.host.up {
			w.adopt(s)
			w.open(d, event.StateClaiming)
			continue
		}
		w.store = s
		w.digests++
	}
}

// halfWritten is a file that can't be read: nothing of it reaches the host, and
// what is in force stays.
func (w *world) halfWritten() bool {
	if !w.host.up || w.host.state.Definition == nil {
		return false
	}
	before, digests := w.host.state.Definition.Digest, w.digests
	w.tookAll(FG5)
	w.tl.after(5*time.Second, func() {
		if w.host.up && w.digests == digests && !slices.Contains([]string{before, itoa(digests)}, w.host.state.Definition.Digest) {
			w.violate("C1", "", "a definition that nobody could read is in force")
		}
	})
	return true
}

// anotherStore hands in the definition of another store.
func (w *world) anotherStore() bool {
	if !w.host.up {
		return false
	}
	s := w.store
	s.Name = "another"
	w.tookAll(FG6)
	w.host.put("definition", event.Definition{Store: s, Salt: "salt", Digest: "another"})
	w.tl.after(5*time.Second, func() {
		if w.host.up && w.host.state.Definition.Store.Name != storeName {
			w.violate("FG6", "", "the definition of another store is in force")
		}
	})
	return true
}
