package signal

import "testing"

// The five labelled picks and nothing else, each in time and of the right
// mass; the same with loads negated, with time reversed, and at other rates.
func TestRecordedPicks(t *testing.T) {
	r := loadRecording(t)
	if len(r.events) != 5 || len(r.at) != 4020 {
		t.Fatalf("%d labels and %d samples, not 5 and 4020", len(r.events), len(r.at))
	}
	for _, c := range []struct {
		name string
		r    *recording
	}{
		{"as recorded, 60 Hz", r},
		{"negated", r.flipped()},
		{"reversed", r.backwards()},
		{"reversed and negated", r.backwards().flipped()},
		{"30 Hz", r.thinned(2)},
		{"20 Hz", r.thinned(3)},
		{"15 Hz", r.thinned(4)},
		{"10 Hz", r.thinned(6)},
		{"240 Hz", r.thickened(4)},
		{"480 Hz", r.thickened(8)},
	} {
		s := c.r.judge(nil)
		t.Logf("%-20s %v", c.name, s)
		if !s.perfect() {
			t.Errorf("%s: %v", c.name, s)
		}
		if s.sigma > 3 {
			t.Errorf("%s: an error of %.1f standard uncertainties", c.name, s.sigma)
		}
	}
}

// A label that is not there must be missed, or judge proves nothing.
func TestJudgeCanFail(t *testing.T) {
	r := loadRecording(t)
	e := r.events[0]
	e.Shelf = 3
	r.events = append(r.events[1:], e)
	if s := r.judge(nil); s.lost != 1 || s.invented != 1 || s.perfect() {
		t.Errorf("with a label on the wrong shelf: %v", s)
	}
}
