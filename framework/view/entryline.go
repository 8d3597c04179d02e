package view

import (
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/event"
)

// awayCause is what devices are down for that a host drove which is gone.
const awayCause = "the host was away"

// tellEntry writes where nobody is let in, and why, after a record before which the
// closed were before. It says what lasts, and that once: a device that is being opened
// lets nobody in for a moment of every ordinary start, and is nobody's business before it
// turns out not to open. One that was told of is tried again in silence.
func (m *Model) tellEntry(before []event.Closure) {
	var told []event.Closure
	for _, c := range m.closed {
		if !m.opening(c.Device) || slices.Contains(m.told, c) {
			told = append(told, c)
		}
	}
	same := slices.Equal(told, m.told)
	m.told = told
	switch {
	case len(m.closed) == 0 && len(before) > 0:
		m.write(Line{Tone: ToneGood, Text: "The entry is open", Entry: true})
	case len(told) > 0 && !same:
		words := make([]string, len(told))
		for i, c := range told {
			words[i] = ClosedWords(c)
		}
		m.write(Line{Tone: ToneBad, Text: strings.Join(words, "; "), Entry: true})
	}
}

// opening says that a device is on its way to serve, or is let go in order.
func (m *Model) opening(address string) bool {
	for i := range m.devices {
		d := &m.devices[i]
		if d.Address != address {
			continue
		}
		switch d.State {
		case event.StateUnconfigured, event.StateClaiming, event.StateClosing:
			return true
		case event.StateOffline:
			return d.Cause == awayCause // a host is there again, and opens it
		case event.StateReady, event.StateDegraded, event.StateFailed, event.StateQuarantined:
		}
	}
	return false
}
