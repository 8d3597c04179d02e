package devices

import (
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// Readings are telemetry: the newest wins. They are held here and nowhere else,
// and none of it is on the way that evidence goes.

// readings are the newest of the present opening, under the device's lock.
type readings struct {
	now []host.Reading // replaced, never changed
	// names are those that the device ever used: what watches a store keeps a
	// series of each.
	names   map[string]bool
	refused bool // that some were not taken was logged
}

// take takes the readings of one health, which replace all before. Ahead is the
// plugin's clock minus the host's. It is false where some are not taken for the
// first time.
func (r *readings) take(list []host.Reading, unfit error, ahead time.Duration, now time.Time) bool {
	if list == nil {
		return true
	}
	kept := make([]host.Reading, 0, len(list))
	for _, v := range list {
		if !r.names[v.Name] && len(r.names) >= MaxReadingNames {
			unfit = errReadingNames
			continue
		}
		if r.names == nil {
			r.names = map[string]bool{}
		}
		r.names[v.Name] = true
		if v.At = v.At.Add(-ahead); v.At.After(now) {
			v.At = now // its clock is wrong: it can't have been later than it came
		}
		kept = append(kept, v)
	}
	r.now = kept
	tell := unfit != nil && !r.refused
	r.refused = r.refused || tell
	return !tell
}

// list gives those that are young enough to say how the device is now.
func (r *readings) list(now time.Time) (young []host.Reading) {
	for _, v := range r.now {
		if now.Sub(v.At) <= ReadingFor {
			young = append(young, v)
		}
	}
	return young
}

// sawReadings takes the readings of a device that the plugin has open.
func (v *device) sawReadings(h host.DeviceHealth, ahead time.Duration) {
	v.mu.Lock()
	told := v.host == nil || h.Epoch != v.view.Epoch || v.readings.take(h.Readings, h.Unfit, ahead, time.Now())
	v.mu.Unlock()
	if told {
		return
	}
	err := h.Unfit
	if err == nil {
		err = errReadingNames
	}
	v.plugin.all.log.Warn("readings are not taken", "device", v.def.Address, "plugin", v.plugin.name, "error", bound(err.Error()))
}
