package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// servedEnv makes this test binary serve the plugin below.
const servedEnv = "AISLE_SDK_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(servedEnv) != "" {
		sdk.Serve(testPlugin)
		return
	}
	if os.Getenv(parentEnv) != "" {
		beParent()
		return
	}
	goleak.VerifyTestMain(m)
}

var testPlugin = sdk.Plugin{Name: "test/gate", Version: "0.1.0", Drivers: []sdk.Driver{gate.Driver("turnstile", openGate)}}

type gateConfig struct {
	Addr string `aisle:"addr,required" doc:"Host and port."`
	Fail string `aisle:"fail" doc:"What goes wrong."`
}

type testGate struct {
	conf   gateConfig
	env    sdk.Env
	admits chan gate.Admission
}

func openGate(_ context.Context, env sdk.Env, c gateConfig) (gate.Gate, error) {
	fmt.Println("vendor prints on stdout")
	switch c.Fail {
	case "open":
		return nil, fault.At("addr", fault.New(fault.Invalid, "no gate answers there"))
	case "open-panic":
		panic("no such board")
	}
	return &testGate{conf: c, env: env, admits: make(chan gate.Admission, 8)}, nil
}

func (g *testGate) Identity() sdk.Identity { return sdk.Identity{Model: "T1", SerialNumber: "42"} }

func (g *testGate) Run(ctx context.Context, report func(observe.Passage)) error {
	for {
		select {
		case a := <-g.admits:
			for range a.Bodies {
				report(observe.Passage{Interval: observe.At(a.Expires), Direction: observe.DirectionIn, Admission: a.Session})
			}
			if a.Session == "lose-me" {
				return errors.New("cable pulled")
			}
			if a.Session == "panic-run" {
				panic("index out of range")
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *testGate) Admit(_ context.Context, a gate.Admission) error {
	switch a.Session {
	case "refuse-me":
		return fault.New(fault.Refused, "locked by hand")
	case "panic-me":
		panic("nil map")
	case "plain":
		return errors.New("something went wrong")
	}
	g.admits <- a
	return nil
}

var soon = time.Date(2026, 1, 2, 3, 4, 5, 678_000, time.UTC)

// plugins are the two ways to reach the same plugin.
func plugins(t *testing.T, f func(t *testing.T, p *host.Plugin)) {
	t.Run("in process", func(t *testing.T) { f(t, classtest.InProcess(t, testPlugin)) })
	t.Run("process", func(t *testing.T) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = []string{servedEnv + "=1"}
		f(t, classtest.Command(t, cmd))
	})
}

func TestEndToEnd(t *testing.T) {
	plugins(t, func(t *testing.T, p *host.Plugin) {
		ctx := t.Context()
		d, err := p.Describe(ctx)
		if err != nil || d.Name != "test/gate" || d.Version != "0.1.0" || d.Contract != host.Contract || len(d.Drivers) != 1 {
			t.Fatalf("Describe: %+v, %v", d, err)
		}
		if problems := d.Drivers[0].Schema.Check([]byte(`{}`)); len(problems) != 1 || problems[0].Path != "addr" {
			t.Fatalf("schema that travelled finds %v", problems)
		}
		o, err := p.Open(ctx, host.OpenRequest{Handle: 1, Epoch: 10, Driver: "turnstile", Address: "gate.north", Config: []byte(`{"addr":"x"}`)})
		if err != nil || o.Identity.Model != "T1" || len(o.Abilities) != 0 {
			t.Fatalf("Open: %+v, %v", o, err)
		}
		reports := classtest.Watch(t, p)
		if err := p.Gate(1, 10).Admit(ctx, gate.Admission{Session: "s1", Bodies: 2, Expires: soon}); err != nil {
			t.Fatal(err)
		}
		for seq := uint64(1); seq <= 2; seq++ {
			r := reports.Next()
			want := observe.Passage{Interval: observe.At(soon), Direction: observe.DirectionIn, Admission: "s1"}
			if r.Handle != 1 || r.Epoch != 10 || r.Seq != seq || r.Evidence != want {
				t.Fatalf("report %d: %+v", seq, r)
			}
		}
		h, err := p.Health(ctx)
		if err != nil || len(h) != 1 || h[0].State.String() != "ready" || h[0].Reported != 2 {
			t.Fatalf("Health: %+v, %v", h, err)
		}
		if err := p.Close(ctx, 1, 10); err != nil {
			t.Fatal(err)
		}
		if err := p.Gate(1, 10).Admit(ctx, gate.Admission{Session: "s2", Bodies: 1, Expires: soon}); fault.CodeOf(err) != fault.Unavailable {
			t.Fatalf("command for a closed device: %v", err)
		}
	})
}

func TestFaults(t *testing.T) {
	plugins(t, func(t *testing.T, p *host.Plugin) {
		ctx := t.Context()
		open := func(handle uint32, epoch uint64, config string) error {
			_, err := p.Open(ctx, host.OpenRequest{Handle: handle, Epoch: epoch, Driver: "turnstile", Address: "gate.x", Config: []byte(config)})
			return err
		}
		err := open(1, 1, `{"addr":"x","fail":"open"}`)
		if fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != "addr" || !strings.Contains(err.Error(), "no gate answers there") {
			t.Fatalf("open that fails: %v", err)
		}
		if err := open(1, 2, `{"port":1}`); fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != "addr" {
			t.Fatalf("open without a required attribute: %v", err)
		}
		err = open(1, 3, `{"addr":"x","fail":"open-panic"}`)
		if fault.CodeOf(err) != fault.Internal || !strings.Contains(err.Error(), "no such board") || !strings.Contains(host.Stack(err), "openGate") {
			t.Fatalf("open that panics: %v\n%s", err, host.Stack(err))
		}
		if err := open(1, 4, `{"addr":"x"}`); err != nil {
			t.Fatal(err)
		}
		if err := open(1, 4, `{"addr":"x"}`); fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("open under an epoch that is not newer: %v", err)
		}
		admit := func(session string) error {
			return p.Gate(1, 4).Admit(ctx, gate.Admission{Session: session, Bodies: 1, Expires: soon})
		}
		for session, code := range map[string]fault.Code{
			"": fault.Invalid, "refuse-me": fault.Refused, "plain": fault.Unknown, "panic-me": fault.Internal, "s": fault.None,
		} {
			if err := admit(session); fault.CodeOf(err) != code {
				t.Errorf("admit %q: %v, want code %v", session, err, code)
			}
		}
		if err := p.Shelf(1, 4).Tare(ctx, 1); fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("a shelf's command to a plugin without shelves: %v", err)
		}
	})
}

func TestLostDevice(t *testing.T) {
	for session, want := range map[string]struct {
		code  fault.Code
		text  string
		stack string
	}{
		"lose-me":   {fault.Unavailable, "cable pulled", ""},
		"panic-run": {fault.Internal, "index out of range", "testGate"},
	} {
		plugins(t, func(t *testing.T, p *host.Plugin) {
			ctx := t.Context()
			r := host.OpenRequest{Handle: 7, Epoch: 1, Driver: "turnstile", Address: "gate.x", Config: []byte(`{"addr":"x"}`)}
			if _, err := p.Open(ctx, r); err != nil {
				t.Fatal(err)
			}
			watch := classtest.Watch(t, p)
			if err := p.Gate(7, 1).Admit(ctx, gate.Admission{Session: session, Bodies: 1, Expires: soon}); err != nil {
				t.Fatal(err)
			}
			watch.Next()
			lost := watch.NextLost()
			if lost.Handle != 7 || lost.Epoch != 1 || fault.CodeOf(lost.Err) != want.code || !strings.Contains(lost.Err.Error(), want.text) ||
				!strings.Contains(host.Stack(lost.Err), want.stack) {
				t.Fatalf("lost: %+v %v", lost, lost.Err)
			}
			if err := p.Gate(7, 1).Admit(ctx, gate.Admission{Session: "s", Bodies: 1, Expires: soon}); fault.CodeOf(err) != fault.Unavailable {
				t.Fatalf("command to a lost device: %v", err)
			}
			r.Epoch = 2
			if _, err := p.Open(ctx, r); err != nil {
				t.Fatalf("opening a lost device again: %v", err)
			}
			if err := p.Gate(7, 1).Admit(ctx, gate.Admission{Session: "s", Bodies: 1, Expires: soon}); fault.CodeOf(err) != fault.Unavailable {
				t.Fatalf("command of the older epoch: %v", err)
			}
			if err := p.Gate(7, 2).Admit(ctx, gate.Admission{Session: "s", Bodies: 1, Expires: soon}); err != nil {
				t.Fatal(err)
			}
			if got := watch.Next(); got.Epoch != 2 || got.Seq != 1 {
				t.Fatalf("first report of the new epoch: %+v", got)
			}
		})
	}
}
