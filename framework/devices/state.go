package devices

import (
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// stateOf is the state of a device that err kept from opening or ended. One
// that doesn't answer is offline; anything else has failed.
func stateOf(err error) event.DeviceState {
	if fault.CodeOf(err) == fault.Unavailable {
		return event.StateOffline
	}
	return event.StateFailed
}

// conditionState is the state of an open device by its own account.
func conditionState(s class.State) event.DeviceState {
	switch s {
	case class.StateDegraded:
		return event.StateDegraded
	case class.StateOffline:
		return event.StateOffline
	case class.StateFailed:
		return event.StateFailed
	case class.StateReady, class.StateUnknown:
	}
	return event.StateReady
}

// powerOf is empty where a device says nothing of its power.
func powerOf(p class.Power) event.PowerState {
	if p == class.PowerUnknown {
		return ""
	}
	return event.PowerState(p.String())
}

func lossOf(l host.Lost) news {
	err := l.Err
	if err == nil {
		err = fault.New(fault.Unavailable, "the device ended without saying why")
	}
	return news{epoch: l.Epoch, lost: err}
}

// bound makes a text of a plugin fit to be kept: one line of valid UTF-8 and
// limited length.
func bound(s string) string {
	if len(s) > MaxCause {
		s = s[:MaxCause]
	}
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
}

// tell leaves news for whoever keeps the device. What was there and not yet read
// is older; only the word of a loss is kept over a condition.
func (v *device) tell(n news) {
	for {
		select {
		case v.news <- n:
			return
		default:
		}
		select {
		case old := <-v.news:
			if old.lost != nil && old.epoch >= n.epoch {
				n = old
			}
		default:
		}
	}
}

// sawHealth takes one health of the plugin. One that doesn't name the open
// device, or calls it failed, twice in a row says that the word of its loss went
// astray.
func (v *device) sawHealth(h host.DeviceHealth, named bool) {
	if named && v.takes(h.Epoch) {
		atLeast(&v.counters.reported, h.Reported)
	}
	v.mu.Lock()
	epoch, open := v.view.Epoch, v.host != nil
	missing := !named || h.Epoch != epoch || h.State == class.StateFailed
	if missing {
		v.misses++
	} else {
		v.misses = 0
	}
	gone := v.misses >= HealthMisses
	v.mu.Unlock()
	switch {
	case !open:
	case gone:
		cause := h.Cause
		if cause == "" {
			cause = "the plugin no longer has it open"
		}
		v.tell(news{epoch: epoch, lost: fault.New(fault.Unavailable, cause)})
	case !missing:
		v.tell(news{epoch: epoch, condition: &h.Condition})
	}
}

// take says whose reports are taken from now on: those of one opening, or, for
// 0, of none.
func (v *device) take(epoch uint64) {
	v.counters.opens()
	v.taking.Store(epoch)
}

func (v *device) takes(epoch uint64) bool { return epoch != 0 && v.taking.Load() == epoch }

// closed says that the device takes no more commands.
func (v *device) closed() {
	v.mu.Lock()
	v.host = nil
	v.mu.Unlock()
}

// opening gives the plugin and epoch that commands go to, or nil and the state
// in words.
func (v *device) opening() (*host.Plugin, uint64, string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.host == nil {
		s := string(v.view.State)
		if v.view.Cause != "" {
			s = fmt.Sprintf("%s (%s)", s, v.view.Cause)
		}
		return nil, 0, s
	}
	return v.host, v.view.Epoch, ""
}

// outcome notes the first outcome of opening the device.
func (v *device) outcome(err error) {
	v.once.Do(func() {
		v.firstErr = err
		close(v.first)
	})
}

// failed notes an error that no state tells of.
func (v *device) failed(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.view.LastError, v.view.LastErrorAt = bound(err.Error()), time.Now()
}

func (v *device) read() View {
	v.mu.Lock()
	view := v.view
	view.History = v.history.list()
	if v.host != nil { // they go with the device
		view.Readings = v.readings.list(time.Now())
	}
	v.mu.Unlock()
	view.Counters = v.counters.read()
	view.Duplicates = v.plugin.duplicates(v)
	view.Restarts = int(v.plugin.restarts.Load())
	return view
}

// epoch is that of the present or last opening.
func (v *device) epoch() uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.view.Epoch
}
