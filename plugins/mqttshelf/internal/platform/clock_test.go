package platform

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// line is a controller's clock, and how late its messages are.
type line struct {
	t    *testing.T
	c    clock
	last time.Time
}

// says sends a sample that was taken at a second of the controller's clock and
// arrives at one of the host's; it gives the second that it is taken for.
func (l *line) says(taken, arrived float64, fresh, ok bool) (at float64) {
	l.t.Helper()
	sec := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	got, isFresh, isOK := l.c.host(sec(taken), 0, sec(arrived), l.last)
	if isFresh != fresh || isOK != ok {
		l.t.Errorf("taken at %v, arrived at %v: fresh %t, ok %t; want %t, %t", taken, arrived, isFresh, isOK, fresh, ok)
	}
	if isOK {
		l.last = sec(taken)
	}
	return got.Sub(noon).Seconds()
}

func (l *line) at(taken, arrived, want float64) {
	l.t.Helper()
	if got := l.says(taken, arrived, false, true); got != want {
		l.t.Errorf("taken at %v, arrived at %v: at %v, want %v", taken, arrived, got, want)
	}
}

const day = 86400

// A clock that is off by a day tells when things were, by the quickest message.
func TestClockOff(t *testing.T) {
	l := line{t: t}
	l.at(day, 0.5, 0.5)
	l.at(day+1, 1.1, 1.1) // it came sooner
	l.at(day+2, 2.6, 2.1)
}

// What was long on its way is told with its time, and what was said before not at
// all.
func TestLate(t *testing.T) {
	l := line{t: t}
	l.at(0, 0, 0)
	l.at(1, 61, 1)
	l.at(2, 61.1, 2)
	l.says(1, 61.2, false, false)
	l.says(2, 61.3, false, false)
	l.at(61, 61.4, 61)
}

// A clock that is set is another one: forward at once, back once it stays there.
func TestSet(t *testing.T) {
	l := line{t: t}
	l.at(0, 0, 0)
	if got := l.says(day, 1, true, true); got != 1 {
		t.Error(got)
	}
	for s := 2.0; s < 12; s++ {
		l.says(s, s, false, false)
	}
	if got := l.says(12, 12, true, true); got != 12 {
		t.Error(got)
	}
	l.at(13, 13, 13)
}
