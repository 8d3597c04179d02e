package devices

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
)

var allStates = []event.DeviceState{
	event.StateUnconfigured, event.StateClaiming, event.StateReady, event.StateDegraded,
	event.StateOffline, event.StateFailed, event.StateQuarantined, event.StateClosing,
}

// The table is whole: every state can be left for good, every state can become
// ready again, and nothing goes where it makes no sense.
func TestTransitionTable(t *testing.T) {
	for _, from := range allStates {
		if _, ok := legal[from]; !ok {
			t.Errorf("%s is not in the table", from)
		}
		if from != event.StateClosing && !Legal(from, event.StateClosing) {
			t.Errorf("a device that is %s can't be closed", from)
		}
		reached := map[event.DeviceState]bool{from: true}
		for range allStates {
			for s := range reached {
				for _, to := range legal[s] {
					reached[to] = true
				}
			}
		}
		if !reached[event.StateReady] {
			t.Errorf("a device that is %s never gets ready", from)
		}
	}
	for _, tt := range []string{
		"unconfigured ready", "unconfigured degraded", "claiming degraded", "claiming quarantined", "ready quarantined", "ready claiming",
		"ready unconfigured", "degraded claiming", "closing ready", "closing degraded", "closing offline", "quarantined ready",
		"quarantined degraded", "offline unconfigured", "failed degraded",
	} {
		from, to, _ := strings.Cut(tt, " ")
		if Legal(event.DeviceState(from), event.DeviceState(to)) {
			t.Errorf("%s is legal", tt)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	var h history
	for n := range HistoryLength + 3 {
		h.add(Transition{Epoch: uint64(n)})
		got := h.list()
		first := max(0, n+1-HistoryLength)
		if len(got) != n+1-first || got[0].Epoch != uint64(first) || got[len(got)-1].Epoch != uint64(n) {
			t.Fatalf("after %d: %d from %d to %d", n+1, len(got), got[0].Epoch, got[len(got)-1].Epoch)
		}
	}
}

// What is told once is told once, and what differs is told.
func TestChangesAreTold(t *testing.T) {
	type step struct {
		state event.DeviceState
		epoch uint64
		cause string
		power event.PowerState
		told  bool
	}
	p, j, log := unit(t, shelfDef())
	p.all.illegal = func(a string, tr Transition) { panic(fmt.Sprintf("%s: %s to %s", a, tr.From, tr.State)) }
	v := p.live()[0]
	told := 0
	for i, s := range []step{
		{event.StateClaiming, 1, "", "", true},
		{event.StateClaiming, 1, "", "", false},
		{event.StateClaiming, 1, "held by another", "", true},
		{event.StateClaiming, 2, "held by another", "", false},
		{event.StateClaiming, 3, "", "", true},
		{event.StateReady, 3, "", "", true},
		{event.StateReady, 3, "", event.PowerOnline, false},
		{event.StateReady, 3, "", event.PowerOffOffline, true},
		{event.StateOffline, 3, "no answer", event.PowerOff, true},
		{event.StateOffline, 4, "no answer", event.PowerOff, false},
		{event.StateOffline, 5, "unplugged", event.PowerOff, true},
		{event.StateReady, 6, "", event.PowerOnline, true},
		{event.StateDegraded, 6, "a cell is dead", event.PowerOnline, true},
		{event.StateDegraded, 6, "two cells are dead", event.PowerOnline, false},
		{event.StateClosing, 6, "", event.PowerOnline, true},
		{event.StateClaiming, 7, "", event.PowerOnline, true},
	} {
		v.change(t.Context(), s.state, s.epoch, s.cause, s.power)
		if s.told {
			told++
		}
		if got := len(j.list()); got != told {
			t.Fatalf("step %d: told %d times, want %d", i, got, told)
		}
	}
	h := v.read().History
	if len(h) != told || h[0].From != event.StateUnconfigured || h[4].Power != event.PowerOffOffline || h[4].From != event.StateReady {
		t.Errorf("history %+v", h)
	}
	for i, in := range j.list() {
		s := in.(event.DeviceStatus)
		if h[i].State != s.State || h[i].Epoch != s.Epoch || h[i].Cause != s.Cause || h[i].Power != s.Power {
			t.Errorf("told %+v, history %+v", s, h[i])
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 3 {
		t.Errorf("warned %d times:\n%s", n, log)
	}
	if w := v.read(); w.LastError != "two cells are dead" || w.LastErrorAt.IsZero() {
		t.Errorf("last error %q at %v", w.LastError, w.LastErrorAt)
	}
}

// A transition that is not in the table is a defect: a test that makes one
// fails, and a store logs it and goes on with the truth.
func TestIllegalTransition(t *testing.T) {
	p, j, log := unit(t, shelfDef())
	p.live()[0].to(t.Context(), event.StateReady, 1, "")
	if !strings.Contains(log.String(), "defect") || len(j.list()) != 1 {
		t.Errorf("log %s", log)
	}
	if !slices.Contains(allStates, p.live()[0].read().State) {
		t.Error("state lost")
	}
}
