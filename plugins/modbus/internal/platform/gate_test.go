package platform

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/gate/relay"
	"github.com/openaisle/aisle/sdk/observe"
)

// torn is a coil that can be switched once.
type torn struct{ used bool }

func (c *torn) Unlock(context.Context) error {
	if c.used {
		return fault.New(fault.Unavailable, "the cable is out")
	}
	c.used = true
	return nil
}

// Every body that the inputs tell of is reported, though the gate can't be unlocked for the
// next: a body that goes out beside it is not to blame.
func TestBodiesAreToldWhileTheCoilFails(t *testing.T) {
	g := &turnstile{config: Gate{Fire: -1}, entry: relay.New(&torn{}, time.Minute)}
	now := time.Now()
	if err := g.Admit(t.Context(), gate.Admission{Session: "a", Bodies: 2, Expires: now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	var told []observe.Passage
	bodies := []observe.Passage{{Interval: observe.At(now), Direction: observe.DirectionIn}, {Interval: observe.At(now), Direction: observe.DirectionOut}}
	err := g.tell(t.Context(), now, bodies, func(p observe.Passage) { told = append(told, p) })
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v", err)
	}
	if len(told) != 2 || told[0].Admission != "a" || told[1].Direction != observe.DirectionOut {
		t.Errorf("%+v", told)
	}
}

// What a curtain's two beams tell: s is the street's, t the store's.
func TestCurtain(t *testing.T) {
	in, out := observe.DirectionIn, observe.DirectionOut
	for name, c := range map[string]struct {
		steps []string
		want  []observe.Direction
	}{
		"in":                  {[]string{"s", "st", "t", ""}, []observe.Direction{in}},
		"out":                 {[]string{"t", "st", "s", ""}, []observe.Direction{out}},
		"in, clear at once":   {[]string{"s", "st", ""}, []observe.Direction{in}},
		"out, clear at once":  {[]string{"t", "st", ""}, []observe.Direction{out}},
		"fast":                {[]string{"s", "t", ""}, []observe.Direction{in}},
		"turned back":         {[]string{"s", "st", "s", ""}, nil},
		"turned back at last": {[]string{"s", "st", "t", "st", "s", ""}, nil},
		"an arm":              {[]string{"s", "", "t", "", "s", ""}, nil},
		"two in":              {[]string{"s", "st", "t", "", "s", "st", "t", ""}, []observe.Direction{in, in}},
		"in and out":          {[]string{"s", "st", "t", "", "t", "st", "s", ""}, []observe.Direction{in, out}},
	} {
		g := &turnstile{config: Gate{PassedIn: -1, PassedOut: -1, BeamIn: 0, BeamOut: 1}}
		was := map[int]bool{}
		var got []observe.Direction
		for _, s := range c.steps {
			now := map[int]bool{0: s == "s" || s == "st", 1: s == "t" || s == "st"}
			for _, p := range g.passages(was, now, time.Now()) {
				got = append(got, p.Direction)
			}
			was = now
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A body whose leave ends while it is in the curtain came in by it.
func TestLeaveEndsInTheCurtain(t *testing.T) {
	g := &turnstile{config: Gate{PassedIn: -1, PassedOut: -1, BeamIn: 0, BeamOut: 1, Fire: -1}, entry: relay.New(&torn{}, time.Minute)}
	now := time.Now()
	if err := g.Admit(t.Context(), gate.Admission{Session: "a", Bodies: 1, Expires: now.Add(10 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	var told []observe.Passage
	was := map[int]bool{}
	for i, s := range []string{"s", "st", "t", ""} {
		at := now.Add(time.Duration(i) * 9 * time.Second)
		in := map[int]bool{0: s == "s" || s == "st", 1: s == "t" || s == "st"}
		if err := g.tell(t.Context(), at, g.passages(was, in, at), func(p observe.Passage) { told = append(told, p) }); err != nil {
			t.Fatal(err)
		}
		was = in
	}
	if len(told) != 1 || told[0].Admission != "a" || told[0].Interval != observe.Between(now, now.Add(27*time.Second)) {
		t.Errorf("%+v", told)
	}
}

// What the beams did while nobody could read them is not guessed: who was in the curtain went
// which way nobody knows, and the gate says that it may have missed others, until it sees
// somebody again.
func TestBlind(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	d, err := modbussim.New(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	d.Input(1, true)
	var lines Lines
	v, err := lines.Gate(t.Context(), sdk.Env{}, Gate{
		Line: Line{Addr: free.Addr().String(), Unit: 1, Answer: time.Minute}, Unlock: 3, Pulse: time.Second, Window: time.Minute,
		PassedIn: -1, PassedOut: -1, BeamIn: 0, BeamOut: 1, Fire: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	g := v.(*turnstile)
	t.Cleanup(func() { _ = g.Close() })
	for i, s := range []struct {
		street, store bool
		after         time.Duration
		want          []observe.Direction
		ready         bool
	}{
		{false, true, 0, nil, true}, // as it was when the gate was opened
		{false, false, 0, []observe.Direction{observe.DirectionUnknown}, true},
		{true, false, 0, nil, true},
		{true, true, 0, nil, true},
		{false, false, blind, []observe.Direction{observe.DirectionUnknown}, false},
		{true, false, 0, nil, false},
		{true, true, 0, nil, false},
		{false, true, 0, nil, false},
		{false, false, 0, []observe.Direction{observe.DirectionIn}, true},
		{false, false, blind, nil, false},
	} {
		d.Input(0, s.street)
		d.Input(1, s.store)
		g.looked = time.Now().Add(-s.after)
		var got []observe.Direction
		if err := g.look(t.Context(), func(p observe.Passage) { got = append(got, p.Direction) }); err != nil {
			t.Fatal(err)
		}
		c := g.Condition()
		if !slices.Equal(got, s.want) || (c.State == sdk.StateReady) != s.ready || !s.ready && !strings.Contains(c.Cause, "may not have been counted") {
			t.Errorf("look %d: %v, want %v; %+v", i, got, s.want, c)
		}
	}
}
