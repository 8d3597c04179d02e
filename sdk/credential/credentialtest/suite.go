package credentialtest

import (
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/observe"
)

// Instruments is how many instruments the suite presents: two that differ.
const Instruments = 2

// Harness is what the suite needs of a reader under test.
type Harness struct {
	classtest.Subject
	// Present holds instrument n, 0 or 1, to the reader that was opened last.
	// Bodies is what the holder says; a reader that can't ask ignores it.
	Present func(t testing.TB, n, bodies int)
	// Method is what the instruments are.
	Method observe.Method
	// AsksBodies says that the reader asks how many enter.
	AsksBodies bool
	// Secrets are texts that must not leave the reader, such as the numbers
	// that the instruments hold.
	Secrets []string
	// Shown is what the device that was opened last shows; nil where the test can't
	// see it. The suite waits for it.
	Shown func(t testing.TB) (credential.Verdict, bool)
	// Stranger holds an instrument to the reader that it does not know yet; nil
	// for a reader that learns nobody.
	Stranger func(t testing.TB)
	// Now is the host's clock as the reader knows it; nil for the wall clock.
	Now func() time.Time
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { classtest.Run(t, Cases(h)) }

// Cases gives the suite's cases.
func Cases(h Harness) []classtest.Case {
	cases := classtest.Common(h.Subject, "credential", func(t testing.TB, _ *classtest.Rig) { h.Present(t, 0, 0) })
	for _, c := range []struct {
		name string
		run  func(t testing.TB, h Harness)
	}{
		{"each presentation is reported once", once},
		{"the same instrument has the same token", sameToken},
		{"two instruments have two tokens", twoTokens},
		{"a token is the same after the reader was opened again", stableToken},
		{"the method is stated", method},
		{"the quality is stated", quality},
		{"no secret leaves the reader", secrets},
		{"the bodies that the holder states are reported", bodies},
		{"presentations settle in the order they are reported", order},
		{"a presentation while the host is away is not lost", away},
		{"what became of a presentation is shown", shows},
		{"a reply that says nothing is refused as invalid", showsNothing},
		{"an enrolment has the device learn who is presented next", enrols},
		{"an enrolment that says nothing is refused as invalid", enrolsNothing},
		{"what is forgotten is recognised no more", forgets},
		{"forgetting again is no error", forgetsAgain},
		{"a command for an older opening is unavailable", oldOpening},
		{"a reader without an ability answers unsupported", unable},
	} {
		cases = append(cases, classtest.Case{Name: c.name, Run: func(t testing.TB) { c.run(t, h) }})
	}
	return cases
}

// next takes the next report, which must be a credential.
func next(t testing.TB, r *classtest.Rig) observe.Credential {
	t.Helper()
	report := r.NextOf(r.Present)
	c, ok := report.Evidence.(observe.Credential)
	if !ok {
		t.Fatalf("a credential reader reported %+v", report.Evidence)
	}
	return c
}

func (h Harness) tokens(t testing.TB, instruments ...int) []string {
	t.Helper()
	r := h.Open(t)
	var tokens []string
	for _, n := range instruments {
		h.Present(t, n, 0)
		tokens = append(tokens, next(t, r).Token)
	}
	return tokens
}

func once(t testing.TB, h Harness) {
	got := h.tokens(t, 0, 1, 0, 1)
	// A second report of a presentation would have come before the next one.
	if got[0] != got[2] || got[1] != got[3] || got[0] == got[1] {
		t.Errorf("instruments 0, 1, 0, 1 were reported as %q", got)
	}
}

func sameToken(t testing.TB, h Harness) {
	if got := h.tokens(t, 0, 0); got[0] != got[1] {
		t.Errorf("one instrument has the tokens %q", got)
	}
}

func twoTokens(t testing.TB, h Harness) {
	if got := h.tokens(t, 0, 1); got[0] == got[1] {
		t.Errorf("two instruments have the one token %q", got[0])
	}
}

func stableToken(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Present(t, 0, 0)
	before := next(t, r).Token
	r.Reopen()
	h.Present(t, 0, 0)
	if after := next(t, r).Token; after != before {
		t.Errorf("token %q became %q", before, after)
	}
}

func method(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Present(t, 0, 0)
	if got := next(t, r).Method; got != h.Method {
		t.Errorf("method %v, want %v", got, h.Method)
	}
}

func quality(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Present(t, 0, 0)
	if got := next(t, r).Quality; got <= 0 {
		t.Errorf("quality %v: a credential that is not recognised at all is not reported", got)
	}
}

func secrets(t testing.TB, h Harness) {
	r := h.Open(t)
	id := r.Opened.Identity
	said := []string{id.Model, id.SerialNumber, id.Firmware}
	for n := range Instruments {
		h.Present(t, n, 0)
		said = append(said, next(t, r).Token)
	}
	for _, secret := range h.Secrets {
		for _, s := range said {
			if strings.Contains(s, secret) {
				t.Errorf("a secret of %d characters left the reader", len(secret))
			}
		}
	}
}

func bodies(t testing.TB, h Harness) {
	if !h.AsksBodies {
		t.Skip("the reader doesn't ask how many enter")
	}
	r := h.Open(t)
	for _, n := range []int{1, 4} {
		h.Present(t, 0, n)
		if got := next(t, r).Bodies; got != n {
			t.Errorf("%d bodies were reported as %d", n, got)
		}
	}
}

func order(t testing.TB, h Harness) {
	r := h.Open(t)
	var last time.Time
	for i := range 3 {
		h.Present(t, i%Instruments, 0)
		at := next(t, r).Settled
		if at.Before(last) {
			t.Errorf("presentation %d settled at %v, before the one before it", i, at)
		}
		last = at
	}
}

func away(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Present(t, 0, 0)
	next(t, r)
	r.Disconnect()
	h.Present(t, 1, 0)
	r.Reconnect()
	next(t, r)
}
