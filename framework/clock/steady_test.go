package clock

import (
	"testing"
	"time"
)

// The store's time goes on as time does, whatever is done to the machine's clock.
func TestSteady(t *testing.T) {
	machine, passed := morning, time.Duration(0)
	s := newSteady(func() time.Time { return machine }, func() time.Duration { return passed })
	pass := func(d time.Duration) { machine, passed = machine.Add(d), passed+d }
	is := func(what string, want time.Duration) {
		t.Helper()
		if got := s.now().Sub(morning); got != want {
			t.Errorf("%s: %s have passed, want %s", what, got, want)
		}
	}
	is("at the start", 0)
	pass(time.Minute)
	is("a minute later", time.Minute)
	machine = machine.Add(-time.Hour)
	is("set back by an hour", time.Minute)
	pass(time.Minute)
	is("a minute after it was set back", 2*time.Minute)
	if got := s.local(machine.Add(time.Hour)); !got.Equal(morning.Add(2*time.Minute + time.Hour)) {
		t.Errorf("in an hour is %s", got)
	}
	machine = machine.Add(time.Hour + 2*time.Second)
	is("corrected, and two seconds ahead", 2*time.Minute+2*time.Second)
	if got := s.local(machine); !got.Equal(machine) {
		t.Errorf("now is %s", got)
	}
	machine = time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC)
	is("set to 2038", 2*time.Minute+2*time.Second)
	pass(time.Second)
	is("a second later", 2*time.Minute+3*time.Second)
	machine = time.Unix(0, 0)
	is("set to 1970", 2*time.Minute+3*time.Second)
}
