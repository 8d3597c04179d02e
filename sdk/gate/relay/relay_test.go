package relay

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

type contacts struct {
	unlocked int
	err      error
}

func (c *contacts) Unlock(context.Context) error {
	if c.err == nil {
		c.unlocked++
	}
	return c.err
}

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// lane is an entry with its contacts and a clock.
type lane struct {
	t *testing.T
	*Entry
	contacts
	now time.Time
}

func newLane(t *testing.T) *lane {
	l := &lane{t: t, now: morning}
	l.Entry = New(&l.contacts, 8*time.Second)
	return l
}

func (l *lane) admit(session string, bodies int) error {
	return l.Admit(l.t.Context(), gate.Admission{Session: session, Bodies: bodies, Expires: l.now.Add(20 * time.Second)}, l.now)
}

func (l *lane) passes(want string) {
	l.t.Helper()
	p, err := l.Passed(l.t.Context(), observe.At(l.now), l.now)
	if err != nil || p.Admission != want || p.Direction != observe.DirectionIn {
		l.t.Errorf("%+v, %v; want admission %q", p, err, want)
	}
}

func (l *lane) unlockedIs(want int) {
	l.t.Helper()
	if l.unlocked != want {
		l.t.Errorf("unlocked %d times, want %d", l.unlocked, want)
	}
}

func TestParties(t *testing.T) {
	l := newLane(t)
	for _, session := range []string{"a", "b", "a"} {
		if err := l.admit(session, 2); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"a", "a", "b", "b"} {
		l.unlockedIs(i + 1)
		l.passes(want)
	}
	if err := l.admit("a", 2); err != nil {
		t.Error(err)
	}
	l.unlockedIs(4) // it was here before
	l.passes("")    // it was forced, and is told
}

// What locks by itself is unlocked again while there is leave, and not beyond.
func TestWindow(t *testing.T) {
	l := newLane(t)
	if err := l.admit("a", 1); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		l.now = l.now.Add(time.Second)
		if err := l.Tick(t.Context(), l.now); err != nil {
			t.Fatal(err)
		}
	}
	l.unlockedIs(3) // at 0, 8 and 16 seconds
	l.passes("")
	if err := l.Admit(t.Context(), gate.Admission{Session: "late", Bodies: 1, Expires: l.now}, l.now); fault.CodeOf(err) != fault.Refused {
		t.Error(err)
	}
}

// Somebody waits from the leave until the body or the leave's end.
func TestWaiting(t *testing.T) {
	l := newLane(t)
	waits := func(want bool) {
		t.Helper()
		if got := l.Waiting(l.now); got != want {
			t.Errorf("somebody waits: %t, want %t", got, want)
		}
	}
	waits(false)
	for _, session := range []string{"a", "b"} {
		if err := l.admit(session, 1); err != nil {
			t.Fatal(err)
		}
	}
	l.passes("a")
	waits(true)
	l.now = l.now.Add(20 * time.Second)
	waits(false)
}

// A body that was in the lane before its leave ended had leave, though the leave ends before
// the body is through, and though the next party has one by then. What comes later has none.
func TestEndsInTheLane(t *testing.T) {
	for name, c := range map[string]struct {
		bodies int
		cut    time.Duration // after the leave was given; it ends after 20 s
		next   bool          // another party is let in at 25 s
		want   []string      // of the body, and of one that cuts the beam at 30 s
	}{
		"in time":                {1, 19 * time.Second, false, []string{"a", ""}},
		"in time, others wait":   {1, 19 * time.Second, true, []string{"a", "b"}},
		"one of two":             {2, 19 * time.Second, true, []string{"a", "b"}},
		"at the end":             {1, 20 * time.Second, false, []string{"", ""}},
		"too late, others wait":  {2, 26 * time.Second, true, []string{"b", ""}},
		"too late, nobody waits": {1, 22 * time.Second, false, []string{"", ""}},
	} {
		l := newLane(t)
		cut := l.now.Add(c.cut)
		if err := l.admit("a", c.bodies); err != nil {
			t.Fatal(err)
		}
		l.now = morning.Add(25 * time.Second)
		if err := l.Tick(t.Context(), l.now); err != nil || l.Waiting(l.now) {
			t.Errorf("%s: %v, somebody waits: %t", name, err, l.Waiting(l.now))
		}
		l.unlockedIs(1)
		if c.next {
			if err := l.admit("b", 1); err != nil {
				t.Fatal(err)
			}
			l.unlockedIs(2) // nobody else has leave to come in
		}
		for i, from := range []time.Time{cut, morning.Add(30 * time.Second)} {
			l.now = morning.Add(time.Duration(28+4*i) * time.Second)
			p, err := l.Passed(t.Context(), observe.Between(from, l.now), l.now)
			if err != nil || p.Admission != c.want[i] {
				t.Errorf("%s, body %d: admission %q, %v; want %q", name, i, p.Admission, err, c.want[i])
			}
		}
		if l.Waiting(l.now) {
			t.Errorf("%s: somebody waits", name)
		}
	}
}

// A gate that did not open forgets who was to come in, and nobody else.
func TestNotOpened(t *testing.T) {
	l := newLane(t)
	if err := l.admit("a", 1); err != nil {
		t.Fatal(err)
	}
	l.now = morning.Add(21 * time.Second)
	l.err = fault.New(fault.Unavailable, "no line")
	if err := l.admit("b", 1); fault.CodeOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	l.err = nil
	if p, err := l.Passed(t.Context(), observe.Between(morning.Add(19*time.Second), l.now), l.now); err != nil || p.Admission != "a" {
		t.Errorf("%+v, %v", p, err)
	}
	l.passes("")
}

// A gate that did not open is asked again; one that may have is told again, for one body still.
func TestTrouble(t *testing.T) {
	l := newLane(t)
	l.err = fault.Wrap(fault.Unavailable, "", errors.New("no line"))
	if err := l.admit("a", 1); fault.CodeOf(err) != fault.Unavailable {
		t.Fatal(err)
	}
	l.err = fault.New(fault.Unknown, "no answer")
	if err := l.admit("a", 1); fault.CodeOf(err) != fault.Unknown {
		t.Fatal(err)
	}
	l.err = nil
	if err := l.admit("a", 1); err != nil {
		t.Fatal(err)
	}
	l.unlockedIs(1)
	l.passes("a")
	if err := l.admit("a", 1); err != nil {
		t.Fatal(err)
	}
	l.unlockedIs(1)
	l.passes("")
}

func TestForgets(t *testing.T) {
	l := newLane(t)
	for i := range maxKnown + 10 {
		if err := l.admit(string(rune('a'+i)), 1); err != nil {
			t.Fatal(err)
		}
		l.passes(string(rune('a' + i)))
	}
	if len(l.known) != maxKnown {
		t.Errorf("%d sessions are remembered", len(l.known))
	}
	for i := range maxKnown + 10 { // they were let in, and nobody came
		if err := l.admit("late "+string(rune('a'+i)), 1); err != nil {
			t.Fatal(err)
		}
		l.now = l.now.Add(20 * time.Second)
	}
	if len(l.leaves) != maxKnown {
		t.Errorf("%d leaves are remembered", len(l.leaves))
	}
}
