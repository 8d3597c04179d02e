package devices

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// Transition is one change of a device's state.
type Transition struct {
	At time.Time
	// From is the state before. It is State itself where only the opening, the
	// cause or the power changed.
	From, State event.DeviceState
	// Epoch is that of the opening it is about, 0 before the first.
	Epoch uint64
	Power event.PowerState
	// Cause is one sentence where the state is not ready.
	Cause string
}

// HistoryLength is how many of a device's last transitions are kept.
const HistoryLength = 16

// legal is the table of a device's transitions: from each state to those that
// may follow. A state may always follow itself, for another opening or for
// another cause.
//
// Not every try to open a device again is told of: one that is offline or has
// failed stays so, silently, until a try succeeds, and then is ready at once.
var legal = map[event.DeviceState][]event.DeviceState{
	// Nothing was tried yet. A plugin that does not start, or can't be reached,
	// takes its devices with it before any claim.
	event.StateUnconfigured: {event.StateClaiming, event.StateOffline, event.StateFailed, event.StateQuarantined, event.StateClosing},
	// It is being opened, or somebody else holds it.
	event.StateClaiming: {event.StateReady, event.StateOffline, event.StateFailed, event.StateClosing},
	// It works. What it goes to next is its own word, the plugin's end, or ours.
	event.StateReady:    {event.StateDegraded, event.StateOffline, event.StateFailed, event.StateClosing},
	event.StateDegraded: {event.StateReady, event.StateOffline, event.StateFailed, event.StateClosing},
	// It does not answer: it may by itself, or must be opened again.
	event.StateOffline: {event.StateReady, event.StateDegraded, event.StateClaiming, event.StateFailed, event.StateQuarantined, event.StateClosing},
	// It ended, or could not be opened.
	event.StateFailed: {event.StateClaiming, event.StateReady, event.StateOffline, event.StateQuarantined, event.StateClosing},
	// Its plugin is given up: only a person or a new version brings it back.
	event.StateQuarantined: {event.StateClaiming, event.StateOffline, event.StateFailed, event.StateClosing},
	// It is being closed: for good, or to be opened by another instance.
	event.StateClosing: {event.StateClaiming, event.StateFailed, event.StateUnconfigured},
}

// Legal reports whether a device may go from one state to another.
func Legal(from, to event.DeviceState) bool { return from == to || slices.Contains(legal[from], to) }

// history keeps a device's last transitions, the oldest first.
type history struct {
	last [HistoryLength]Transition
	n    uint64 // how many there were
}

func (h *history) add(t Transition) {
	h.last[h.n%HistoryLength] = t
	h.n++
}

func (h *history) list() []Transition {
	first := uint64(0)
	if h.n > HistoryLength {
		first = h.n - HistoryLength
	}
	out := make([]Transition, 0, h.n-first)
	for i := first; i < h.n; i++ {
		out = append(out, h.last[i%HistoryLength])
	}
	return out
}
