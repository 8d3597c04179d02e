package hub

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// device is the hub's end of one device of the scene.
type device struct {
	address, class string
	client         *client
	// down is since when the clock waits for the device to connect.
	down time.Time
	// queue holds what is not confirmed, oldest first; the first sent of them
	// are on the present connection.
	queue []wire.ToClient
	sent  int
	next  uint64
	// stale says that reports were dropped.
	stale bool
	// plugs counts unpluggings, and unplugged says that it has no power: it
	// senses nothing, and nobody can open it.
	plugs     int
	unplugged bool
}

func (h *Hub) addDevices(sc *scene.Scene) {
	for address, class := range sc.Devices() {
		d := &device{address: address, class: class}
		h.devices[address] = d
		h.order = append(h.order, d)
	}
	slices.SortFunc(h.order, func(a, b *device) int { return strings.Compare(a.address, b.address) })
}

// add queues a report.
func (d *device) add(kind string, report json.RawMessage) {
	if d.unplugged {
		return
	}
	if d.client == nil && len(d.queue) >= MaxQueue {
		d.queue, d.stale = nil, true
	}
	if d.stale {
		return
	}
	d.next++
	d.queue = append(d.queue, wire.ToClient{ID: d.next, Kind: kind, Report: report})
}

// send writes what is not yet on the connection.
func (d *device) send() error {
	if d.client == nil || d.sent == len(d.queue) {
		return nil
	}
	lines := make([]any, 0, len(d.queue)-d.sent)
	for _, m := range d.queue[d.sent:] {
		lines = append(lines, m)
	}
	d.sent = len(d.queue)
	return d.client.conn.Write(lines...)
}

// confirm takes off the queue what the host has in its journal.
func (d *device) confirm(id uint64) {
	n := 0
	for n < d.sent && d.queue[n].ID <= id {
		n++
	}
	d.queue = d.queue[n:]
	d.sent -= n
}

// connect puts a device on a connection: what is unconfirmed goes again under
// new numbers, then its levels.
func (h *Hub) connect(c *client, m wire.FromClient) error {
	d := h.devices[m.Device]
	switch {
	case d == nil:
		known := make([]string, 0, len(h.order))
		for _, o := range h.order {
			if o.class == m.Class {
				known = append(known, o.address)
			}
		}
		return fault.Errorf(fault.Invalid, "the scene has no device %s; of class %s it has %q", m.Device, m.Class, known)
	case d.class != m.Class:
		return fault.Errorf(fault.Invalid, "%s is a device of class %s in the scene, not %s", m.Device, d.class, m.Class)
	case d.unplugged:
		return fault.Errorf(fault.Unavailable, "%s has no power", m.Device)
	}
	if d.client != nil {
		old := d.client
		h.disconnect(old)
		old.conn.Close()
	}
	d.client, c.device, d.sent, d.stale = c, d, 0, false
	for i := range d.queue {
		d.next++
		d.queue[i].ID = d.next
	}
	for _, e := range h.world.Levels(d.address) {
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		d.add(observe.KindOf(e).String(), b)
	}
	if err := c.conn.Write(wire.ToClient{Hello: d.address}); err != nil {
		return err
	}
	return d.send()
}

// unplug takes a device's power away for a time. What it would have sensed
// meanwhile nobody ever hears of; then it may be opened again, and states its
// levels.
func (h *Hub) unplug(c *client, m wire.FromClient) error {
	d := h.devices[m.Unplug]
	if d == nil || m.ForUS <= 0 {
		return fault.Errorf(fault.Invalid, "unplug %q for %d µs: there is no such device, or no such time", m.Unplug, m.ForUS)
	}
	d.unplugged = true
	d.plugs++
	if old := d.client; old != nil {
		h.disconnect(old)
		old.conn.Close()
	}
	plugs := d.plugs
	h.tl.After(time.Duration(m.ForUS)*time.Microsecond, 0, func() {
		if d.plugs == plugs { // it was not unplugged again meanwhile
			d.unplugged, d.down = false, time.Now()
		}
	})
	h.opt.Log.Info("unplugged", "device", d.address, "for", time.Duration(m.ForUS)*time.Microsecond)
	return c.conn.Write(wire.ToClient{Unplugged: d.address})
}

// missing gives how long the clock still has to wait for devices that are not
// connected.
func (h *Hub) missing(now time.Time) time.Duration {
	var left time.Duration
	for _, d := range h.order {
		if d.client == nil && !d.unplugged {
			left = max(left, h.opt.Grace-now.Sub(d.down))
		}
	}
	return left
}

// unconfirmed says whether reports are under way to the journal.
func (h *Hub) unconfirmed() bool {
	for _, d := range h.order {
		if d.sent > 0 {
			return true
		}
	}
	return false
}

// unheard says whether a connected device has reports that the host does not
// yet have in its journal, sent or not.
func (h *Hub) unheard() bool {
	return slices.ContainsFunc(h.order, func(d *device) bool { return d.client != nil && len(d.queue) > 0 })
}

// flush sends what the last step reported. A device that takes nothing is gone.
func (h *Hub) flush() {
	for _, d := range h.order {
		if err := d.send(); err != nil {
			h.opt.Log.Warn("device is gone", "device", d.address, "err", err)
			c := d.client
			h.disconnect(c)
			c.conn.Close()
		}
	}
}
