package term

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
)

func TestFailuresAlone(t *testing.T) {
	s := &view.Snapshot{Lines: 3, Log: []view.Line{
		{Text: "came in", Tone: view.TonePlain}, {Text: "gate is failed", Tone: view.ToneBad}, {Text: "perhaps", Tone: view.ToneDoubt},
	}}
	for _, failures := range []bool{false, true} {
		var b strings.Builder
		n, err := more(s, &b, 0, failures)
		if err != nil || n != 3 || !strings.Contains(b.String(), "gate is failed") || strings.Contains(b.String(), "came in") == failures {
			t.Errorf("%v: %d %v %q", failures, n, err, b.String())
		}
	}
}

// Of the reasons why nobody is let in while devices open the last alone is told.
func TestOpening(t *testing.T) {
	s := &view.Snapshot{Lines: 4, Log: []view.Line{
		{Text: "Nobody is let in: three", Tone: view.ToneBad, Entry: true}, {Text: "gate is failed", Tone: view.ToneBad},
		{Text: "Nobody is let in: two", Tone: view.ToneBad, Entry: true}, {Text: "Nobody is let in: one", Tone: view.ToneBad, Entry: true},
	}}
	var b strings.Builder
	n, err := more(collapsed(s), &b, 0, true)
	if err != nil || n != 4 || strings.Contains(b.String(), "three") || strings.Contains(b.String(), "two") ||
		!strings.Contains(b.String(), "gate is failed") || !strings.Contains(b.String(), "Nobody is let in: one") || s.Log[0].Text == "" {
		t.Errorf("%d %v %q", n, err, b.String())
	}
	for state, want := range map[event.DeviceState]bool{event.StateClaiming: false, event.StateClosing: false, event.StateFailed: true, event.StateReady: true} {
		if got := settled(&view.Snapshot{Devices: []view.Device{{State: event.StateReady}, {State: state}}}); got != want {
			t.Errorf("%s: %v", state, got)
		}
	}
}

// What an earlier run told is not told again as if it happened now.
func TestTold(t *testing.T) {
	s := &view.Snapshot{Lines: 12, Log: []view.Line{{Seq: 7, Text: "long ago"}, {Seq: 8, Text: "before"}, {Seq: 9, Text: "now"}}}
	for after, want := range map[uint64]string{0: "… 9 lines not shown", 8: "", 9: ""} {
		var b strings.Builder
		n, err := more(s, &b, told(s, after), false)
		if err != nil || n != 12 || !strings.HasPrefix(b.String(), want) || strings.Contains(b.String(), "before") != (after == 0) ||
			strings.Contains(b.String(), "now") != (after < 9) {
			t.Errorf("after %d: %d %v %q", after, n, err, b.String())
		}
	}
}
