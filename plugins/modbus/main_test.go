package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate/gatetest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf/shelftest"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_MODBUS_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(servedEnv) != "" {
		sdk.Serve(plugin())
		return
	}
	os.Exit(m.Run())
}

// started is the plugin in a process of its own, as a host starts it.
func started(t testing.TB) *host.Plugin {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servedEnv+"=1")
	return classtest.Command(t, cmd)
}

// free is a port of this machine that nobody listens on.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func device(t testing.TB) (*modbussim.Device, string) {
	t.Helper()
	addr := free(t)
	d, err := modbussim.New(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, addr
}

func config(t testing.TB, c map[string]any) string {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestShelfConforms(t *testing.T) {
	t.Parallel()
	d, addr := device(t)
	weights := []int32{100_000, 120_000} // tenths of a gram
	for i, w := range weights {
		d.Put(uint16(10*i), w)
	}
	shelftest.Run(t, shelftest.Harness{
		Subject: classtest.Subject{Driver: "load_cells", Address: "weight_shelf.wall", Start: started, Config: config(t, map[string]any{
			"addr": addr, "poll": 20 * time.Millisecond, "hold": 100 * time.Millisecond,
			"bay": []map[string]any{{"register": 0, "grams": 0.1}, {"register": 10, "grams": 0.1}},
		})},
		Bays: 2, Item: 345 * measure.Gram, Tolerance: measure.Gram,
		Put: func(_ testing.TB, bay int, change measure.Mass) {
			weights[bay-1] += int32(change / (measure.Gram / 10))
			d.Put(uint16(10*(bay-1)), weights[bay-1])
		},
	})
}

func TestGateConforms(t *testing.T) {
	t.Parallel()
	d, addr := device(t)
	used := 0
	// A body that goes in uses up a pulse of the coil, as a turnstile does.
	in := func() bool {
		for end := time.Now().Add(1500 * time.Millisecond); d.Pulses(3) <= used; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				return false
			}
		}
		used = d.Pulses(3)
		return true
	}
	gatetest.Run(t, gatetest.Harness{
		Subject: classtest.Subject{Driver: "relay_gate", Address: "gate.north", Start: started, Config: config(t, map[string]any{
			"addr": addr, "unlock": 3, "passed_in": 0, "passed_out": 1, "poll": 5 * time.Millisecond, "pulse": 50 * time.Millisecond, "window": time.Minute,
		})},
		Counts: true,
		Pass: func(_ testing.TB, way observe.Direction) bool {
			contact := uint16(1)
			if way == observe.DirectionIn {
				if contact = 0; !in() {
					return false
				}
			}
			d.Contact(contact, 2*time.Second)
			return true
		},
	})
}

// Inputs that stand far apart are read too.
func TestInputsApart(t *testing.T) {
	t.Parallel()
	d, addr := device(t)
	d.Input(17, true)
	r := classtest.Subject{Driver: "relay_gate", Start: started, Config: config(t, map[string]any{
		"addr": addr, "unlock": 3, "passed_in": 2, "passed_out": 500, "fire": 17, "poll": 5 * time.Millisecond,
	})}.Open(t)
	d.Contact(500, time.Minute)
	if p := r.Next().Evidence.(observe.Passage); p.Direction != observe.DirectionOut {
		t.Errorf("%+v", p)
	}
	d.Contact(2, time.Minute)
	if p := r.Next().Evidence.(observe.Passage); p.Direction != observe.DirectionIn {
		t.Errorf("%+v", p)
	}
	d.Input(17, false)
	r.Says("fire input is open")
}

// A transmitter that says that its weight is none is degraded and reports none;
// one that answers with a failure is lost.
func TestTrouble(t *testing.T) {
	t.Parallel()
	d, addr := device(t)
	d.Put(0, 500)
	r := classtest.Subject{Driver: "load_cells", Start: started, Config: config(t, map[string]any{
		"addr": addr, "poll": 20 * time.Millisecond, "hold": 100 * time.Millisecond,
		"bay": []map[string]any{{"register": 0, "status": 9, "moving": 1, "fault": 4}},
	})}.Open(t)
	if w := r.Next().Evidence.(observe.Weight); w.Mass != 500*measure.Gram {
		t.Errorf("%+v", w)
	}
	d.Set(9, 4)
	d.Put(0, 900)
	r.Says("its weight is none")
	d.Set(9, 0)
	if w := r.Next().Evidence.(observe.Weight); w.Mass != 900*measure.Gram {
		t.Errorf("%+v", w)
	}
}

// What is wrong in a config block is told at its attribute.
func TestConfig(t *testing.T) {
	t.Parallel()
	_, addr := device(t)
	bay := []map[string]any{{"register": 0}}
	for name, c := range map[string]struct {
		driver, path, want string
		config             map[string]any
	}{
		"no line":       {"load_cells", "port", "/dev/ttyUSB0", map[string]any{"bay": bay}},
		"two lines":     {"load_cells", "addr", "not both", map[string]any{"bay": bay, "port": "/dev/ttyS9", "addr": addr}},
		"no step":       {"load_cells", "bay[0].grams", "weighs nothing", map[string]any{"bay": []map[string]any{{"register": 0, "grams": 0}}, "addr": addr}},
		"nobody there":  {"load_cells", "addr", "refused", map[string]any{"bay": bay, "addr": free(t)}},
		"no contacts":   {"relay_gate", "passed_in", "light curtain", map[string]any{"unlock": 1, "addr": addr}},
		"half a pair":   {"relay_gate", "passed_in", "light curtain", map[string]any{"unlock": 1, "addr": addr, "passed_in": 1, "beam_street": 3, "beam_store": 4}},
		"half a beam":   {"relay_gate", "passed_in", "light curtain", map[string]any{"unlock": 1, "addr": addr, "passed_in": 1, "passed_out": 2, "beam_store": 4}},
		"both contacts": {"relay_gate", "passed_in", "light curtain", map[string]any{"unlock": 1, "addr": addr, "passed_in": 1, "passed_out": 2, "beam_street": 3, "beam_store": 4}},
	} {
		t.Run(name, func(t *testing.T) {
			var d sdk.Driver
			for _, d = range plugin().Drivers {
				if d.Name == c.driver {
					break
				}
			}
			_, err := d.Open(t.Context(), sdk.Env{}, []byte(config(t, c.config)))
			if err == nil || fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v at %q", err, fault.PathOf(err))
			}
		})
	}
}
