package gatetest

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) {
	fake := NewFake()
	if classtest.ServeFake(fake.Plugin(), &Control{fake}) {
		return
	}
	goleak.VerifyTestMain(m)
}

// Control is the fake's door for tests when it runs in a process of its own.
type Control struct{ fake *Fake }

// Pass is Fake.Pass.
func (c *Control) Pass(d observe.Direction, through *bool) error {
	*through = c.fake.Pass(d)
	return nil
}

// inProcess is a harness of a new fake for each case.
func inProcess(breach broken) Harness {
	var fake *Fake
	return Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
			fake = NewFake()
			fake.broken = breach
			return classtest.InProcess(t, fake.Plugin())
		}},
		Pass:   func(_ testing.TB, d observe.Direction) bool { return fake.Pass(d) },
		Counts: true,
	}
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

func TestFakeConformsAsProcess(t *testing.T) {
	var control interface {
		Call(method string, args, reply any) error
	}
	classtest.Run(t, classtest.Some(Cases(Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
			p, c := classtest.StartFake(t)
			control = c
			return p
		}},
		Pass: func(t testing.TB, d observe.Direction) (through bool) {
			if err := control.Call("Control.Pass", d, &through); err != nil {
				t.Fatal(err)
			}
			return through
		},
		Counts: true,
	})))
}

// TestSuiteFindsBreaches breaks each clause on purpose: a suite that passes
// then is worth nothing.
func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"forgets":        {broken{forgets: true}, "the same session again is the same admission"},
		"overAdmits":     {broken{overAdmits: true}, "an admission lets one body in"},
		"ignoresExpiry":  {broken{ignoresExpiry: true}, "an admission that has expired lets nobody in"},
		"locksExit":      {broken{locksExit: true}, "the way out is free without an admission"},
		"dropsAdmission": {broken{dropsAdmission: true}, "two sessions are kept apart"},
		"oncePerParty":   {broken{oncePerParty: true}, "a party of n lets n bodies in"},
		"wrongWay":       {broken{wrongWay: true}, "passages are reported in the order they happened"},
		"shares":         {broken{shares: true}, "two sessions are kept apart"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := inProcess(c.breach)
			h.Patience = time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}

func TestFaultKnobs(t *testing.T) {
	fake := NewFake()
	s := classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
		return classtest.InProcess(t, fake.Plugin())
	}}
	r := s.Open(t)
	h := Harness{Subject: s, Now: time.Now}
	fake.Answer(fault.New(fault.Unknown, "no echo"), nil)
	g := r.Plugin.Gate(r.Handle, r.Epoch)
	if err := g.Admit(t.Context(), h.admission("s", 1)); fault.CodeOf(err) != fault.Unknown {
		t.Errorf("first answer: %v", err)
	}
	if err := g.Admit(t.Context(), h.admission("s", 1)); err != nil {
		t.Errorf("second answer: %v", err)
	}
	fake.Lose(errors.New("cable pulled"))
	if l := r.NextLost(); l.Epoch != 1 || fault.CodeOf(l.Err) != fault.Unavailable {
		t.Errorf("lost: %+v", l)
	}
	r.Reopen()
	fake.Panic()
	if l := r.NextLost(); l.Epoch != 2 || host.Stack(l.Err) == "" {
		t.Errorf("panicked: %+v", l)
	}
}
