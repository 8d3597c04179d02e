package credentialtest

import (
	"errors"
	"net/rpc"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
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

// Presentation is what a card tells the fake.
type Presentation struct {
	Number string
	Bodies int
}

// Present is Fake.Present.
func (c *Control) Present(p Presentation, _ *struct{}) error {
	c.fake.Present(p.Number, p.Bodies)
	return nil
}

// numbers are test card numbers whose Luhn digits are right.
var numbers = []string{"4242424242424242", "5555555555554444"}

func harness(start func(t testing.TB) *host.Plugin, present func(t testing.TB, number string, bodies int)) Harness {
	return Harness{
		Subject:    classtest.Subject{Driver: "fake", Config: FakeConfig, Start: start},
		Present:    func(t testing.TB, n, bodies int) { present(t, numbers[n], bodies) },
		Method:     observe.MethodCard,
		AsksBodies: true,
		Secrets:    numbers,
	}
}

func inProcess(breach broken) Harness {
	var fake *Fake
	return harness(func(t testing.TB) *host.Plugin {
		fake = NewFake()
		fake.broken = breach
		return classtest.InProcess(t, fake.Plugin())
	}, func(_ testing.TB, number string, bodies int) { fake.Present(number, bodies) })
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

func learning(breach broken) Harness {
	var fake *Fake
	h := harness(func(t testing.TB) *host.Plugin {
		fake = NewFake()
		fake.broken = breach
		return classtest.InProcess(t, fake.Plugin())
	}, func(_ testing.TB, number string, bodies int) { fake.Present(number, bodies) })
	h.Config = LearningConfig
	h.Shown = func(testing.TB) (credential.Verdict, bool) {
		r, ok := fake.Shown()
		return r.Verdict, ok
	}
	h.Stranger = func(testing.TB) { fake.Present(Stranger, 0) }
	return h
}

func TestLearningFakeConforms(t *testing.T) { Run(t, learning(broken{})) }

func TestSuiteFindsBreachesOfAbilities(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"showsGranted":  {broken{showsGranted: true}, "what became of a presentation is shown"},
		"learnsNobody":  {broken{learnsNobody: true}, "an enrolment has the device learn who is presented next"},
		"forgetsNobody": {broken{forgetsNobody: true}, "what is forgotten is recognised no more"},
		"forgetsOnce":   {broken{forgetsOnce: true}, "forgetting again is no error"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := learning(c.breach)
			h.Patience = time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}

func TestFakeConformsAsProcess(t *testing.T) {
	var control *rpc.Client
	classtest.Run(t, classtest.Some(Cases(harness(func(t testing.TB) (p *host.Plugin) {
		p, control = classtest.StartFake(t)
		return p
	}, func(t testing.TB, number string, bodies int) {
		if err := control.Call("Control.Present", Presentation{number, bodies}, &struct{}{}); err != nil {
			t.Fatal(err)
		}
	}))))
}

func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"twice":       {broken{twice: true}, "each presentation is reported once"},
		"freshTokens": {broken{freshTokens: true}, "the same instrument has the same token"},
		"onePerson":   {broken{onePerson: true}, "two instruments have two tokens"},
		"cardNumber":  {broken{cardNumber: true}, "no secret leaves the reader"},
		"leaksSecret": {broken{leaksSecret: true}, "no secret leaves the reader"},
		"wrongMethod": {broken{wrongMethod: true}, "the method is stated"},
		"noQuality":   {broken{noQuality: true}, "the quality is stated"},
		"dropsBodies": {broken{dropsBodies: true}, "the bodies that the holder states are reported"},
		"clockBack":   {broken{clockBack: true}, "presentations settle in the order they are reported"},
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
	r := classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
		return classtest.InProcess(t, fake.Plugin())
	}}.Open(t)
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
