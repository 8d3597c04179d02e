package gatetest

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// Harness is what the suite needs of a gate under test.
type Harness struct {
	classtest.Subject
	// Pass makes a body walk up to the lane of the gate that was opened last,
	// and says whether it got through.
	Pass func(t testing.TB, d observe.Direction) bool
	// Counts says that the gate counts bodies against admissions, and states
	// them in its passages.
	Counts bool
	// Now is the host's clock as the gate knows it; nil for the wall clock.
	Now func() time.Time
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { classtest.Run(t, Cases(h)) }

// Cases gives the suite's cases.
func Cases(h Harness) []classtest.Case {
	if h.Now == nil {
		h.Now = time.Now
	}
	cases := classtest.Common(h.Subject, "gate", func(t testing.TB, r *classtest.Rig) { h.pass(t, observe.DirectionOut, true) })
	for _, c := range []struct {
		name string
		run  func(t testing.TB, h Harness)
	}{
		{"nobody gets in without an admission", uninvited},
		{"an admission lets one body in", admits},
		{"the same session again is the same admission", sameSession},
		{"a party of n lets n bodies in", party},
		{"two sessions are kept apart", twoSessions},
		{"an admission that has expired lets nobody in", expired},
		{"the way out is free without an admission", exitFree},
		{"the way out is free when the host has let go", exitFreeClosed},
		{"an admission that says nothing is refused as invalid", senseless},
		{"passages are reported in the order they happened", order},
		{"an admission for a closed gate is unavailable", closed},
		{"an admission of an older epoch is unavailable and admits nobody", oldEpoch},
	} {
		cases = append(cases, classtest.Case{Name: c.name, Run: func(t testing.TB) { c.run(t, h) }})
	}
	return cases
}

// leaveFor is how long the suite's admissions last.
const leaveFor = time.Hour

func (h Harness) admission(session string, bodies int) gate.Admission {
	return gate.Admission{Session: session, Bodies: bodies, Expires: h.Now().Add(leaveFor)}
}

func (h Harness) admit(t testing.TB, r *classtest.Rig, a gate.Admission) {
	t.Helper()
	if err := r.Plugin.Gate(r.Handle, r.Epoch).Admit(r.Context(), a); err != nil {
		t.Fatalf("admit %d for %q: %v", a.Bodies, a.Session, err)
	}
}

// pass makes a body walk up and checks whether it got through.
func (h Harness) pass(t testing.TB, d observe.Direction, want bool) {
	t.Helper()
	if got := h.Pass(t, d); got != want {
		t.Fatalf("a body going %v: got through is %t, want %t", d, got, want)
	}
}

// passed takes the next report and checks that it is the passage.
func (h Harness) passed(t testing.TB, r *classtest.Rig, d observe.Direction, session string) {
	t.Helper()
	h.isPassage(t, r.Next(), d, session)
}

func (h Harness) isPassage(t testing.TB, r host.Report, d observe.Direction, session string) {
	t.Helper()
	p, ok := r.Evidence.(observe.Passage)
	if !ok {
		t.Fatalf("a gate reported %+v", r.Evidence)
	}
	if p.Direction != d {
		t.Fatalf("a body going %v was reported as going %v", d, p.Direction)
	}
	if want := session; h.Counts && p.Admission != want {
		t.Fatalf("a body going %v was let in for %q, want %q", d, p.Admission, want)
	}
	if !h.Counts && p.Admission != "" && p.Admission != session {
		t.Fatalf("a gate that doesn't count let in for %q", p.Admission)
	}
}

func uninvited(t testing.TB, h Harness) {
	r := h.Open(t)
	h.pass(t, observe.DirectionIn, false)
	h.pass(t, observe.DirectionOut, true)
	h.passed(t, r, observe.DirectionOut, "") // and so nothing was reported before
}

func admits(t testing.TB, h Harness) {
	r := h.Open(t)
	h.admit(t, r, h.admission("visit-1", 1))
	h.pass(t, observe.DirectionIn, true)
	h.passed(t, r, observe.DirectionIn, "visit-1")
	h.pass(t, observe.DirectionIn, false)
}

func sameSession(t testing.TB, h Harness) {
	r := h.Open(t)
	a := h.admission("visit-1", 1)
	h.admit(t, r, a)
	h.admit(t, r, a)
	h.pass(t, observe.DirectionIn, true)
	h.admit(t, r, a) // asked once more after the body has passed
	h.pass(t, observe.DirectionIn, false)
	h.pass(t, observe.DirectionOut, true)
	h.passed(t, r, observe.DirectionIn, "visit-1")
	h.passed(t, r, observe.DirectionOut, "")
}

func party(t testing.TB, h Harness) {
	const bodies = 3
	r := h.Open(t)
	h.admit(t, r, h.admission("family", bodies))
	for range bodies {
		h.pass(t, observe.DirectionIn, true)
		h.passed(t, r, observe.DirectionIn, "family")
	}
	h.pass(t, observe.DirectionIn, false)
}

func twoSessions(t testing.TB, h Harness) {
	r := h.Open(t)
	h.admit(t, r, h.admission("first", 1))
	h.admit(t, r, h.admission("second", 1))
	for _, session := range []string{"first", "second"} {
		h.pass(t, observe.DirectionIn, true)
		h.passed(t, r, observe.DirectionIn, session)
	}
	h.pass(t, observe.DirectionIn, false)
}

func expired(t testing.TB, h Harness) {
	r := h.Open(t)
	a := h.admission("late", 1)
	a.Expires = h.Now().Add(-leaveFor)
	err := r.Plugin.Gate(r.Handle, r.Epoch).Admit(r.Context(), a)
	if code := fault.CodeOf(err); code != fault.None && code != fault.Refused {
		t.Errorf("an admission that has expired: %v (code %v), want refused, or no error and nobody let in", err, code)
	}
	h.pass(t, observe.DirectionIn, false)
}

func exitFree(t testing.TB, h Harness) {
	r := h.Open(t)
	for range 3 {
		h.pass(t, observe.DirectionOut, true)
		h.passed(t, r, observe.DirectionOut, "")
	}
}

func exitFreeClosed(t testing.TB, h Harness) {
	r := h.Open(t)
	if err := r.Plugin.Close(r.Context(), r.Handle, r.Epoch); err != nil {
		t.Fatal(err)
	}
	h.pass(t, observe.DirectionOut, true)
}

func senseless(t testing.TB, h Harness) {
	r := h.Open(t)
	for name, a := range map[string]gate.Admission{
		"no bodies":       h.admission("visit-1", 0),
		"too many bodies": h.admission("visit-1", observe.MaxBodies+1),
		"no session":      h.admission("", 1),
		"no end":          {Session: "visit-1", Bodies: 1},
	} {
		if err := r.Plugin.Gate(r.Handle, r.Epoch).Admit(r.Context(), a); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want code invalid", name, err)
		}
	}
	h.pass(t, observe.DirectionIn, false)
}

func order(t testing.TB, h Harness) {
	r := h.Open(t)
	h.admit(t, r, h.admission("family", 2))
	ways := []observe.Direction{observe.DirectionIn, observe.DirectionOut, observe.DirectionIn, observe.DirectionOut}
	for _, d := range ways {
		h.pass(t, d, true)
	}
	var last time.Time
	for i, d := range ways {
		report := r.Next()
		session := ""
		if d == observe.DirectionIn {
			session = "family"
		}
		h.isPassage(t, report, d, session)
		if at := report.Evidence.Span().Settled; at.Before(last) {
			t.Errorf("passage %d settled at %v, before the one that was reported before it", i, at)
		} else {
			last = at
		}
	}
}

func closed(t testing.TB, h Harness) {
	r := h.Open(t)
	if err := r.Plugin.Close(r.Context(), r.Handle, r.Epoch); err != nil {
		t.Fatal(err)
	}
	err := r.Plugin.Gate(r.Handle, r.Epoch).Admit(r.Context(), h.admission("visit-1", 1))
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("admit at a closed gate: %v, want code unavailable", err)
	}
}

func oldEpoch(t testing.TB, h Harness) {
	r := h.Open(t)
	r.Reopen()
	err := r.Plugin.Gate(r.Handle, r.Epoch-1).Admit(r.Context(), h.admission("visit-1", 1))
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("admit under an older epoch: %v, want code unavailable", err)
	}
	h.pass(t, observe.DirectionIn, false)
}
