package credentialtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// able opens the reader, and skips the case where it lacks an ability.
func (h Harness) able(t testing.TB, ability string) (*classtest.Rig, *host.Credential) {
	t.Helper()
	r := h.Open(t)
	if !r.Has(ability) {
		t.Skip("the reader has no " + ability)
	}
	return r, r.Plugin.Credential(r.Handle, r.Epoch)
}

// showEvery is how often the suite looks at what is shown.
const showEvery = 5 * time.Millisecond

func shows(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityShow)
	for _, v := range []credential.Verdict{credential.VerdictGranted, credential.VerdictDenied, credential.VerdictPrompt} {
		if err := reader.Show(r.Context(), credential.Reply{Verdict: v, Text: "Please ask the staff."}); err != nil {
			t.Fatalf("show %v: %v", v, err)
		}
		if h.Shown != nil {
			h.seen(t, r, v)
		}
	}
}

// seen waits until the device shows a verdict.
func (h Harness) seen(t testing.TB, r *classtest.Rig, want credential.Verdict) {
	t.Helper()
	ctx := r.Context()
	for {
		got, ok := h.Shown(t)
		if ok && got == want {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the device shows %v (anything: %t), want %v", got, ok, want)
		case <-time.After(showEvery):
		}
	}
}

func showsNothing(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityShow)
	for _, reply := range []credential.Reply{
		{}, {Verdict: credential.VerdictPrompt + 1}, {Verdict: credential.VerdictGranted, Text: strings.Repeat("x", credential.MaxShown+1)},
		{Verdict: credential.VerdictGranted, Text: "two\nlines"},
	} {
		if err := reader.Show(r.Context(), reply); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("show %+v: %v, want code invalid", reply, err)
		}
	}
}

// enrolFor is how long the suite's enrolments last.
const enrolFor = time.Hour

func (h Harness) enrol(t testing.TB, r *classtest.Rig, reader *host.Credential, name string) {
	t.Helper()
	now := time.Now
	if h.Now != nil {
		now = h.Now
	}
	if err := reader.Enrol(r.Context(), credential.Enrolment{Name: name, Expires: now().Add(enrolFor)}); err != nil {
		t.Fatalf("enrol: %v", err)
	}
}

func enrols(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityEnrol)
	if h.Stranger == nil {
		t.Fatal("a reader that learns needs Harness.Stranger")
	}
	h.Stranger(t)
	h.Present(t, 0, 0)
	known := next(t, r).Token
	for range 2 { // the same name again is the same enrolment
		h.enrol(t, r, reader, "enrolment-1")
	}
	h.Stranger(t)
	c := next(t, r)
	if c.Token == known {
		t.Fatal("the stranger, or one before the enrolment, was reported as instrument 0")
	}
	if a := observe.AttributeEnrolment + "=" + observe.EnrolmentNeeded; !slices.Contains(c.Attributes, a) {
		t.Errorf("attributes %q: the token of a device that matches by itself stands for nothing, so it carries %s", c.Attributes, a)
	}
	h.Stranger(t)
	if again := next(t, r).Token; again != c.Token {
		t.Errorf("who was learned as %q was recognised as %q", c.Token, again)
	}
}

func enrolsNothing(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityEnrol)
	expires := time.Now().Add(enrolFor)
	for _, e := range []credential.Enrolment{{Expires: expires}, {Name: "x"}, {Name: strings.Repeat("x", credential.MaxName+1), Expires: expires}} {
		if err := reader.Enrol(r.Context(), e); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("enrol %+v: %v, want code invalid", e, err)
		}
	}
}

func forgets(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityForget)
	h.Present(t, 0, 0)
	first := next(t, r).Token
	if err := reader.Forget(r.Context(), first); err != nil {
		t.Fatal(err)
	}
	h.Present(t, 0, 0)
	h.Present(t, 1, 0)
	if got := next(t, r).Token; got == first {
		t.Error("what was forgotten was recognised")
	}
}

func forgetsAgain(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityForget)
	h.Present(t, 0, 0)
	token := next(t, r).Token
	for range 2 {
		if err := reader.Forget(r.Context(), token); err != nil {
			t.Errorf("forget: %v", err)
		}
	}
	for _, none := range []string{"", strings.Repeat("x", observe.MaxText+1)} {
		if err := reader.Forget(r.Context(), none); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("forget a token of %d bytes: %v, want code invalid", len(none), err)
		}
	}
}

func oldOpening(t testing.TB, h Harness) {
	r, reader := h.able(t, credential.AbilityShow)
	r.Reopen()
	err := reader.Show(r.Context(), credential.Reply{Verdict: credential.VerdictGranted})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("show at an opening that is over: %v, want code unavailable", err)
	}
}

func unable(t testing.TB, h Harness) {
	r := h.Open(t)
	reader := r.Plugin.Credential(r.Handle, r.Epoch)
	for ability, err := range map[string]error{
		credential.AbilityShow:   reader.Show(r.Context(), credential.Reply{Verdict: credential.VerdictGranted}),
		credential.AbilityEnrol:  reader.Enrol(r.Context(), credential.Enrolment{Name: "x", Expires: time.Unix(1, 0)}),
		credential.AbilityForget: reader.Forget(r.Context(), "nobody"),
	} {
		switch unsupported := fault.CodeOf(err) == fault.Unsupported; {
		case !r.Has(ability) && !unsupported:
			t.Errorf("%s, which it has not: %v, want code unsupported", ability, err)
		case r.Has(ability) && unsupported:
			t.Errorf("%s, which it says it has: %v", ability, err)
		}
	}
}
