package view

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// foldDevice folds the facts about devices and the definition.
func (m *Model) foldDevice(f event.Fact) {
	switch f := f.(type) {
	case event.Adopted:
		m.adopt(f.Definition.Store)
	case event.DeviceChanged:
		d := m.device(f.Device)
		if d.State != f.State || d.Since.IsZero() {
			d.Since = f.At
		}
		d.State, d.Cause, d.Power = f.State, f.Cause, f.Power
	case event.Lost:
		d := m.device(f.Device)
		d.Lost += f.Gap.Lost
		d.Gaps++
	case event.Outage:
		d := m.device(f.Device)
		d.Gaps++
		d.Unknown++
	case event.HostAway:
		m.away(f)
	case event.EntryChanged:
		m.closed = f.Closed
		m.changed.Devices = m.seq
	default: // facts of the other parts
	}
}

// away takes all devices for down that a host drove which is gone.
func (m *Model) away(f event.HostAway) {
	m.changed.Devices = m.seq
	for i := range m.devices {
		if d := &m.devices[i]; d.State.Serving() {
			d.State, d.Cause, d.Power, d.Since, d.Changed = event.StateOffline, awayCause, "", f.From, m.seq
		}
	}
}

// adopt takes up a definition. A device that stays keeps its state; prices of
// open carts are the new ones.
func (m *Model) adopt(s storedef.Store) {
	before := m.devices
	m.adopted = m.seq
	m.store, m.devices = storedef.NewIndex(s), nil
	for _, d := range s.Devices {
		v := Device{Address: d.Address, State: event.StateUnconfigured}
		if i := slices.IndexFunc(before, func(b Device) bool { return b.Address == d.Address }); i >= 0 {
			v = before[i]
		}
		v.Class, v.Zones, v.Changed = d.Class, slices.Clone(d.Zones), m.seq
		if v.Driver = d.Driver; d.Plugin != "" {
			v.Driver = d.Plugin + "." + d.Driver
		}
		m.devices = append(m.devices, v)
	}
	slices.SortStableFunc(m.devices, func(a, b Device) int {
		return cmp.Or(cmp.Compare(rank(a.Class), rank(b.Class)), cmp.Compare(a.Address, b.Address))
	})
	for _, v := range m.sessions {
		v.stale, v.out.Changed = true, m.seq
	}
	m.changed = Changed{Sessions: m.seq, Devices: m.seq, Totals: m.seq, Log: m.seq, Receipts: m.seq}
}

func rank(c storedef.Class) int {
	if i := slices.Index(storedef.Classes(), c); i >= 0 {
		return i
	}
	return len(storedef.Classes())
}

// device finds a device that a fact is about to change. One that the definition
// does not name is listed last.
func (m *Model) device(address string) *Device {
	m.changed.Devices = m.seq
	i := slices.IndexFunc(m.devices, func(d Device) bool { return d.Address == address })
	if i < 0 {
		i = len(m.devices)
		m.devices = append(m.devices, Device{Address: address, State: event.StateUnconfigured})
	}
	m.devices[i].Changed = m.seq
	return &m.devices[i]
}
