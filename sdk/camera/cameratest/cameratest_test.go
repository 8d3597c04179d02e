package cameratest

import (
	"net/rpc"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gs1"
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

// Deed is what a body does.
type Deed struct {
	Body   int
	Where  string
	Action observe.Action
	Item   gs1.GTIN
}

// Enter is Fake.Enter.
func (c *Control) Enter(d Deed, id *int) error { *id = c.fake.Enter(d.Where); return nil }

// Move is Fake.Move.
func (c *Control) Move(d Deed, _ *int) error { c.fake.Move(d.Body, d.Where); return nil }

// Leave is Fake.Leave.
func (c *Control) Leave(d Deed, _ *int) error { c.fake.Leave(d.Body); return nil }

// Reach is Fake.Reach.
func (c *Control) Reach(d Deed, _ *int) error {
	c.fake.Reach(d.Body, d.Where, d.Action, d.Item)
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
		Zones: [2]string{"zone.entrance", "zone.drinks"}, Place: "weight_shelf.cooler.bay[1]", Item: "05449000000996",
		Enter: func(_ testing.TB, zone string) int { return fake.Enter(zone) },
		Move:  func(_ testing.TB, id int, zone string) { fake.Move(id, zone) },
		Leave: func(_ testing.TB, id int) { fake.Leave(id) },
		Reach: func(_ testing.TB, id int, place string, a observe.Action, item gs1.GTIN) {
			fake.Reach(id, place, a, item)
		},
	}
}

func TestFakeConforms(t *testing.T) { Run(t, inProcess(broken{})) }

func TestFakeConformsAsProcess(t *testing.T) {
	var control *rpc.Client
	call := func(t testing.TB, method string, d Deed) (id int) {
		if err := control.Call("Control."+method, d, &id); err != nil {
			t.Fatal(err)
		}
		return id
	}
	h := inProcess(broken{})
	h.Start = func(t testing.TB) (p *host.Plugin) {
		p, control = classtest.StartFake(t)
		return p
	}
	h.Enter = func(t testing.TB, zone string) int { return call(t, "Enter", Deed{Where: zone}) }
	h.Move = func(t testing.TB, id int, zone string) { call(t, "Move", Deed{Body: id, Where: zone}) }
	h.Leave = func(t testing.TB, id int) { call(t, "Leave", Deed{Body: id}) }
	h.Reach = func(t testing.TB, id int, place string, a observe.Action, item gs1.GTIN) {
		call(t, "Reach", Deed{id, place, a, item})
	}
	classtest.Run(t, classtest.Some(Cases(h)))
}

func TestSuiteFindsBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		breach broken
		finds  string
	}{
		"noRestate":          {broken{noRestate: true}, "live tracks are restated after the camera was opened again"},
		"restatesGone":       {broken{restatesGone: true}, "a track that ended is not restated"},
		"reusesTracks":       {broken{reusesTracks: true}, "a track is never used again"},
		"reusesAfterRestart": {broken{reusesAfterRestart: true}, "a track is never used again, not even after a restart"},
		"renames":            {broken{renames: true}, "a body that moves keeps its track"},
		"oneTrack":           {broken{oneTrack: true}, "two bodies have two tracks"},
		"noEnd":              {broken{noEnd: true}, "a body that goes ends its track"},
		"wrongPhase":         {broken{wrongPhase: true}, "a body that comes begins a track in its zone"},
		"wrongPlace":         {broken{wrongPlace: true}, "a hand is reported with its track and place"},
		"losesTrack":         {broken{losesTrack: true}, "a hand is reported with its track and place"},
		"swapsAction":        {broken{swapsAction: true}, "take and put are told apart"},
		"overSure":           {broken{overSure: true}, "take and put are told apart"},
		"noCandidates":       {broken{noCandidates: true}, "what the hand held is named"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := inProcess(c.breach)
			h.Patience = time.Second
			classtest.Finds(t, Cases(h), c.finds)
		})
	}
}
