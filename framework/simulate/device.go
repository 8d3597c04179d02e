package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// spoolMost is how many reports a plugin keeps that are not acknowledged.
	spoolMost = 256
	// The time from a sensor to the host's inbox.
	linkLeast, linkMost = 5 * time.Millisecond, 40 * time.Millisecond
	// bufferFor is how long devices remember what they told.
	bufferFor = 90 * time.Second
)

// device is a device and the plugin that drives it: what it reports waits in
// the plugin's spool until the host has it durable, and dies with the plugin.
type device struct {
	w    *world
	def  storedef.Device
	dice *rand.Rand

	// epoch is that of the newest opening, seq its last report.
	epoch, seq uint64
	open       bool
	opening    int // counts openings and ends, so that what was on its way can be told
	arrives    time.Duration
	stalled    time.Duration // the stream stands until then
	spool      []event.Evidence
	lost       uint64 // by a full spool, not told of yet
	// skew is the device's clock minus the true one, misjudged by off.
	skew, off time.Duration
	// blind says that the sensor sees nothing, though the plugin runs.
	blind bool
	// buffer is what a device remembers and may repeat after a reboot.
	buffer []observe.Evidence
	absent bool // not in the definition in force
}

func (w *world) device(def storedef.Device) *device {
	d := &device{w: w, def: def, dice: stream(w.seed, "device "+def.Address)}
	w.devices = append(w.devices, d)
	w.byAddress[def.Address] = d
	return d
}

// span is an interval by the device's own clock.
func (d *device) span(onset, settled time.Duration) observe.Interval {
	return observe.Interval{Onset: d.w.base.Add(onset + d.skew), Settled: d.w.base.Add(settled + d.skew)}
}

// report hands something observed to the host. It returns the report's number,
// zero where nobody listens.
func (d *device) report(o observe.Evidence) observe.Serial {
	if !d.open || d.blind {
		return observe.Serial{}
	}
	if d.w.faults.on[FN10] {
		d.remember(o)
	}
	if len(d.spool) >= spoolMost {
		d.lost++
		d.seq++
		return observe.Serial{}
	}
	if d.lost > 0 {
		d.send(event.Evidence{Device: d.def.Address, Serial: observe.Serial{Epoch: d.epoch, Seq: d.seq}, Gap: &event.Gap{Lost: d.lost, Cause: "the spool was full"}})
		d.lost = 0
	}
	d.seq++
	e := event.Evidence{Device: d.def.Address, Serial: observe.Serial{Epoch: d.epoch, Seq: d.seq}, Offset: d.skew + d.off - d.w.hostOffset(), Observed: o}
	d.send(e)
	return e.Serial
}

func (d *device) remember(o observe.Evidence) {
	if d.buffer = append(d.buffer, o); len(d.buffer) > 8 {
		d.buffer = d.buffer[1:]
	}
}

// send spools a report and puts it on its way: in order, however late.
func (d *device) send(e event.Evidence) {
	d.spool = append(d.spool, e)
	delay := between(d.dice, linkLeast, linkMost)
	if n := &d.w.noise; n.Late > 0 && chance(d.dice, n.Late) {
		delay += between(d.dice, 0, n.LateMost)
	}
	at := max(d.arrives, d.w.tl.now+delay, d.stalled)
	d.arrives = at
	opening := d.opening
	d.w.tl.at(at, func() {
		if d.opening != opening {
			return // the plugin ended, and with it what was on its way
		}
		d.w.host.evidence(e)
		if e.Gap == nil && d.w.hit(FN4, 60_000) {
			d.w.tookAll(FN4)
			d.w.host.evidence(e)
		}
	})
}

// acked drops what the host has.
func (d *device) acked(epoch, seq uint64) {
	if epoch != d.epoch {
		return
	}
	n := 0
	for n < len(d.spool) && d.spool[n].Seq <= seq {
		n++
	}
	if n > 0 {
		d.spool = append(d.spool[:0], d.spool[n:]...)
	}
}

// end is the end of the plugin: its spool is gone.
func (d *device) end() {
	d.opening++
	d.open, d.spool, d.lost, d.arrives, d.stalled = false, d.spool[:0], 0, 0, 0
}

// begin opens the device for a host under a new epoch, and has it restate what
// is so. Ready is told first, as hosts do.
func (d *device) begin(epoch uint64) {
	d.opening++
	d.epoch, d.seq, d.open = epoch, 0, true
	d.spool, d.lost = d.spool[:0], 0
	d.arrives = d.w.tl.now
	if d.w.hit(FN10, 500_000) && len(d.buffer) > 0 {
		d.repeatBuffer()
	}
	switch d.def.Class {
	case storedef.ClassWeightShelf:
		for _, b := range d.w.bays {
			if b.shelf == d {
				d.report(b.restate())
			}
		}
	case storedef.ClassCamera:
		d.w.restateTracks()
	case storedef.ClassGate, storedef.ClassCredentialReader, storedef.ClassRFIDReader, storedef.ClassPayment:
	}
}

// repeatBuffer is a device that tells again what it told before it was opened.
func (d *device) repeatBuffer() {
	old := d.buffer
	d.buffer = nil
	for _, o := range old {
		if d.w.tl.now-d.lastOf(o) > bufferFor {
			continue // devices forget too
		}
		d.report(o)
	}
	d.w.tookAll(FN10)
}

func (d *device) lastOf(o observe.Evidence) time.Duration {
	return o.Span().Settled.Add(-d.skew).Sub(d.w.base)
}
