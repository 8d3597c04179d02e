package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/scale/scalesim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf/shelftest"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_SCALE_TEST_SERVE"

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

// listening is a simulated scale on TCP.
func listening(t testing.TB, dialect string) (*scalesim.Scale, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scalesim.Scale{}
	s.Put(12_000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Listen(l, dialect)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return s, l.Addr().String()
}

func config(t testing.TB, more map[string]any) string {
	t.Helper()
	c := map[string]any{"poll": 20 * time.Millisecond, "hold": 100 * time.Millisecond}
	for k, v := range more {
		c[k] = v
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func conforms(t *testing.T, driver, dialect string) {
	t.Parallel()
	s, addr := listening(t, dialect)
	shelftest.Run(t, shelftest.Harness{
		Subject: classtest.Subject{Driver: driver, Address: "weight_shelf.scale", Start: started, Config: config(t, map[string]any{"addr": addr})},
		Bays:    1, Item: 345 * measure.Gram, Tolerance: measure.Gram,
		Put: func(_ testing.TB, _ int, change measure.Mass) { s.Put(float64(change) / float64(measure.Gram)) },
	})
}

func TestSICSConforms(t *testing.T)   { conforms(t, "sics", "sics") }
func TestNCIConforms(t *testing.T)    { conforms(t, "nci", "nci") }
func TestECRConforms(t *testing.T)    { conforms(t, "nci", "ecr") }
func TestToledoConforms(t *testing.T) { conforms(t, "toledo", "toledo") }

// TestSerialLine speaks over a pair of pseudo terminals that socat joins: 7 bits
// with parity, as such scales are delivered.
func TestSerialLine(t *testing.T) {
	socat, err := exec.LookPath("socat")
	if err != nil {
		t.Skip("socat is missing: no serial line can be made here")
	}
	for driver, dialect := range map[string]string{"sics": "sics", "nci": "nci", "toledo": "toledo"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			s, addr := listening(t, dialect)
			port := filepath.Join(t.TempDir(), "tty")
			cmd := exec.Command(socat, "pty,raw,echo=0,link="+port, "tcp:"+addr)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
			for _, err := os.Stat(port); err != nil; _, err = os.Stat(port) {
				if t.Context().Err() != nil {
					t.Fatal("socat made no port")
				}
				time.Sleep(10 * time.Millisecond)
			}
			r := classtest.Subject{Driver: driver, Address: "weight_shelf.scale", Start: started, Config: config(t, map[string]any{"port": port})}.Open(t)
			levels(t, r, 12_000*measure.Gram)
			s.Put(-345)
			levels(t, r, 11_655*measure.Gram)
		})
	}
}

// levels waits until the bay stands at a mass.
func levels(t *testing.T, r *classtest.Rig, want measure.Mass) {
	t.Helper()
	for {
		w, ok := r.NextOf(r.Present).Evidence.(observe.Weight)
		if !ok {
			t.Fatal("a scale reported no weight")
		}
		if (w.Mass - want).Abs() <= measure.Gram {
			return
		}
	}
}

// What goes wrong at a scale is said in a sentence, nothing is reported
// meanwhile, and what was taken meanwhile shows as a level when it is back.
func TestTroubles(t *testing.T) {
	for name, c := range map[string]struct {
		fault scalesim.Fault
		says  string
	}{
		"overload": {scalesim.Overload, "the scale says that it is overloaded"},
		"silent":   {scalesim.Silent, "is it on, and set to this protocol, baud rate and frame?"},
		"garbage":  {scalesim.Garbage, "is it set to this protocol, baud rate and frame?"},
		"restart":  {scalesim.Restart, "the scale was restarted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, addr := listening(t, "sics")
			r := classtest.Subject{Driver: "sics", Address: "weight_shelf.scale", Start: started, Config: config(t, map[string]any{"addr": addr, "answer": 500 * time.Millisecond})}.Open(t)
			levels(t, r, 12_000*measure.Gram)
			s.Break(c.fault)
			r.Says(c.says)
			s.Put(-345)
			s.Break(scalesim.None)
			if c.fault != scalesim.Overload {
				r.Recover()
			}
			levels(t, r, 11_655*measure.Gram)
		})
	}
}

// A line on which nothing is, or something that speaks otherwise, does not open: it says which of
// the two it is, in the same words at each try, for it is tried again and told of once.
func TestNotUnderstood(t *testing.T) {
	for driver, name := range map[string]string{"sics": "MT-SICS", "nci": "NCI", "toledo": "Toledo 8213"} {
		for what, c := range map[string]struct {
			fault scalesim.Fault
			says  string
		}{
			"silent":  {scalesim.Silent, "nothing answers: is it on, and set to this protocol, baud rate and frame?"},
			"garbage": {scalesim.Garbage, "bytes arrive, but no frame of " + name + " is among them: is the speed right (baud and frame), and the protocol?"},
		} {
			t.Run(driver+" "+what, func(t *testing.T) {
				t.Parallel()
				s, addr := listening(t, driver)
				s.Break(c.fault)
				p := started(t)
				open := func(epoch uint64) error {
					_, err := p.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: epoch, Address: "weight_shelf.scale", Driver: driver, Config: []byte(config(t, map[string]any{"addr": addr, "answer": 100 * time.Millisecond}))})
					return err
				}
				for epoch := range uint64(2) {
					if err := open(epoch + 1); fault.CodeOf(err) != fault.Unavailable || fault.PathOf(err) != "addr" || !strings.HasSuffix(err.Error(), addr+": "+c.says) {
						t.Errorf("%v", err)
					}
				}
				s.Break(scalesim.None)
				if err := open(3); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// Mistakes in the config are shown at what is wrong.
func TestRefuses(t *testing.T) {
	_, addr := listening(t, "sics")
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	for name, c := range map[string]struct {
		config map[string]any
		path   string
	}{
		"neither": {map[string]any{}, "port"}, "both": {map[string]any{"addr": addr, "port": "/dev/ttyS0"}, "addr"},
		"no such port": {map[string]any{"port": "/dev/ttyNone0"}, "port"}, "no such frame": {map[string]any{"port": "/dev/ttyNone0", "frame": "9N1"}, "frame"},
		"two ports": {map[string]any{"usb_serial": "A1", "port": "/dev/ttyNone0"}, "usb_serial"}, "both ways": {map[string]any{"usb_serial": "A1", "addr": addr}, "addr"}, "many ports": {map[string]any{"port": "/dev/tty*"}, "port"}, "not plugged in": {map[string]any{"usb_serial": "A1"}, "usb_serial"},
		"nobody there": {map[string]any{"addr": gone.Addr().String()}, "addr"}, "finer than it is": {map[string]any{"addr": addr, "min_change": 1000}, "min_change"},
	} {
		_, err := started(t).Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1, Address: "weight_shelf.scale", Driver: "sics", Config: []byte(config(t, c.config))})
		if err == nil || fault.PathOf(err) != c.path {
			t.Errorf("%s: %v, at %q, want %q", name, err, fault.PathOf(err), c.path)
		}
	}
}
