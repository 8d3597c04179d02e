package rfidtest

import (
	"net/rpc"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
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

// Enter is Fake.Enter.
func (c *Control) Enter(epc string, _ *struct{}) error { c.fake.Enter(epc); return nil }

// Leave is Fake.Leave.
func (c *Control) Leave(epc string, _ *struct{}) error { c.fake.Leave(epc); return nil }

// In carries a tag in.
func (c *Control) In(epc string, _ *struct{}) error {
	c.fake.Through(epc, observe.DirectionIn)
	return nil
}

// Out carries a tag out.
func (c *Control) Out(epc string, _ *struct{}) error {
	c.fake.Through(epc, observe.DirectionOut)
	return nil
}

func inProcess(breach broken) Harness {
	var fake *Fake
	return Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) *host.Plugin {
			fake = NewFake()
			fake.broken = breach
			return classtest.InProcess(t, fake.Plugin())
		}},
		Enter:   func(_ testing.TB, epc string) { fake.Enter(epc) },
		Leave:   func(_ testing.TB, epc string) { fake.Leave(epc) },
		Through: func(_ testing.TB, epc string, d observe.Direction) { fake.Through(epc, d) },
	}
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

func TestFakeConformsAsProcess(t *testing.T) {
	var control *rpc.Client
	call := func(method string) func(t testing.TB, epc string) {
		return func(t testing.TB, epc string) {
			if err := control.Call("Control."+method, epc, &struct{}{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	classtest.Run(t, classtest.Some(Cases(Harness{
		Subject: classtest.Subject{Driver: "fake", Config: FakeConfig, Start: func(t testing.TB) (p *host.Plugin) {
			p, control = classtest.StartFake(t)
			return p
		}},
		Enter: call("Enter"), Leave: call("Leave"),
		Through: func(t testing.TB, epc string, d observe.Direction) {
			call(map[observe.Direction]string{observe.DirectionIn: "In", observe.DirectionOut: "Out"}[d])(t, epc)
		},
	})))
}

func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"noRestate":      {broken{noRestate: true}, "tags in view are restated after the reader was opened again"},
		"ghosts":         {broken{ghosts: true}, "a tag that has left is not restated"},
		"sameProduct":    {broken{sameProduct: true}, "two items of one product are two tags"},
		"swapsDirection": {broken{swapsDirection: true}, "the way through the lane is told"},
		"mislabels":      {broken{mislabels: true}, "a code that is no product's is carried as it is"},
		"noAntenna":      {broken{noAntenna: true}, "the antenna and the reads are stated"},
		"noReads":        {broken{noReads: true}, "the antenna and the reads are stated"},
		"unsure":         {broken{unsure: true}, "the way through the lane is told with a confidence"},
		"takesAll":       {broken{takesAll: true}, "what is no code is no tag"},
		"slow":           {broken{slow: true}, "many tags at once are all reported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := inProcess(c.breach)
			h.Patience = time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}
