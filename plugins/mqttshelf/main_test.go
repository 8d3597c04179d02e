package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/mqttshelf/shelfsim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf/shelftest"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_MQTTSHELF_TEST_SERVE"

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

// mosquitto is an independent broker that lets one user in. More are lines of
// its configuration, in which DIR is a folder that it may read.
func mosquitto(t testing.TB, dir string, more ...string) (addr string, process *os.Process) {
	t.Helper()
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		if program = "/usr/sbin/mosquitto"; !exists(program) {
			t.Skip("mosquitto is missing: there is no broker to speak to")
		}
	}
	addr = free(t)
	_, port, _ := net.SplitHostPort(addr)
	secrets := filepath.Join(dir, "passwords")
	if out, err := exec.Command("mosquitto_passwd", "-b", "-c", secrets, "store", "open sesame").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, p := range []string{dir, filepath.Dir(dir)} { // it reads them as a user of its own
		_ = os.Chmod(p, 0o755)
	}
	_ = os.Chmod(secrets, 0o644)
	file := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, "listener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\npersistence false\n%s\n", port, secrets, strings.Join(more, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-c", file)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	listens(t, addr)
	return addr, cmd.Process
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

// listens waits until somebody listens at addr.
func listens(t testing.TB, addr string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func controller(t testing.TB, addr string, counts bool) *shelfsim.Controller {
	t.Helper()
	c, err := shelfsim.Start(shelfsim.Options{
		Broker: addr, Topic: "store/1/wall", Username: "store", Password: "open sesame", Bays: 2, Every: 20 * time.Millisecond, Counts: counts,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Put(1, 12_000)
	c.Put(2, 8_000)
	t.Cleanup(c.Stop)
	return c
}

func config(t testing.TB, addr string, more map[string]any) string {
	t.Helper()
	c := map[string]any{
		"broker": addr, "topic": "store/1/wall", "bays": 2, "username": "store", "password": "open sesame",
		"settled": true, "hold": 100 * time.Millisecond,
	}
	for k, v := range more {
		c[k] = v
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func conforms(t *testing.T, version string, counts bool) {
	t.Attr("peer", "Debian's mosquitto, a broker")
	t.Parallel()
	addr, _ := mosquitto(t, t.TempDir())
	c := controller(t, addr, counts)
	shelftest.Run(t, shelftest.Harness{
		Subject: classtest.Subject{Driver: "shelf", Address: "weight_shelf.wall", Start: started, Config: config(t, addr, map[string]any{"version": version}),
			Measure: func(testing.TB) {
				c.Measure(map[string]float64{"temperature_celsius": 4.5, "supply_volts": 3.71, "signal_dbm": -61})
			}},
		Bays: 2, Item: 345 * measure.Gram, Tolerance: measure.Gram,
		Put: func(_ testing.TB, bay int, change measure.Mass) { c.Put(bay, float64(change)/float64(measure.Gram)) },
	})
}

func TestThreeConforms(t *testing.T) { conforms(t, "3.1.1", false) }
func TestFiveConforms(t *testing.T)  { conforms(t, "5", true) }

func level(t testing.TB, r *classtest.Rig, bay int, want measure.Mass) {
	t.Helper()
	for {
		w := r.Next().Evidence.(observe.Weight)
		if d := w.Mass - want; w.Bay == bay && d < measure.Gram && d > -measure.Gram {
			if late := time.Since(w.Settled); late < -time.Minute || late > 5*time.Minute {
				t.Errorf("it settled at %v", w.Settled)
			}
			return
		}
	}
}

// What is wrong is said, and what is right is heard again.
func TestTrouble(t *testing.T) {
	for _, version := range []string{"3.1.1", "5"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			addr, _ := mosquitto(t, t.TempDir())
			c := controller(t, addr, false)
			c.Ahead(-24 * time.Hour) // its clock is off by a day
			r := classtest.Subject{Driver: "shelf", Start: started, Config: config(t, addr, map[string]any{"version": version, "silence": time.Second})}.Open(t)
			level(t, r, 1, 12_000*measure.Gram)
			c.Mute(true)
			c.Say("weight", []byte(`{"bay":9,"g":1}`))
			r.Says("bay 9 of 2")
			c.Say("weight", []byte(`{"bay":1,"n":4711}`))
			r.Says("no calibration of the bay")
			r.Says("no weight at store/1/wall/weight")
			c.Away()
			r.Says("its last will says so")
			c.Mute(false)
			c.Put(1, -345)
			r.Becomes(sdk.StateReady, "")
			level(t, r, 1, 11_655*measure.Gram)
		})
	}
}

// A broker that goes ends the device, which the host opens again.
func TestBrokerGone(t *testing.T) {
	for _, version := range []string{"3.1.1", "5"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			addr, process := mosquitto(t, t.TempDir())
			controller(t, addr, false)
			r := classtest.Subject{Driver: "shelf", Start: started, Config: config(t, addr, map[string]any{"version": version})}.Open(t)
			level(t, r, 1, 12_000*measure.Gram)
			if err := process.Kill(); err != nil {
				t.Fatal(err)
			}
			r.Says("the broker at " + addr + " is gone")
		})
	}
}

// A tare that the controller refuses is refused.
func TestTareRefused(t *testing.T) {
	t.Parallel()
	addr, _ := mosquitto(t, t.TempDir())
	c := controller(t, addr, false)
	c.Refuse(true)
	r := classtest.Subject{Driver: "shelf", Start: started, Config: config(t, addr, nil)}.Open(t)
	if err := r.Plugin.Shelf(r.Handle, r.Epoch).Tare(t.Context(), 1); fault.CodeOf(err) != fault.Refused {
		t.Error(err)
	}
}

// What is wrong in a config block is told at its attribute.
func TestConfig(t *testing.T) {
	t.Parallel()
	addr, _ := mosquitto(t, t.TempDir())
	for name, c := range map[string]struct {
		path, want string
		change     map[string]any
	}{
		"topics":              {"topic", "no topic of one controller", map[string]any{"topic": "store/+/wall"}},
		"no broker":           {"broker", "refused", map[string]any{"broker": "127.0.0.1:1"}},
		"wrong password":      {"broker", "", map[string]any{"password": "wrong"}},
		"wrong password, 5":   {"broker", "", map[string]any{"password": "wrong", "version": "5"}},
		"a certificate alone": {"certificate", "tls = true", map[string]any{"certificate": "/none"}},
		"no certificate":      {"certificate", "no such file", map[string]any{"certificate": "/none", "tls": true}},
		"an authority alone":  {"ca", "tls = true", map[string]any{"ca": "/none"}},
		"no authority":        {"ca", "no such file", map[string]any{"ca": "/none", "tls": true}},
		"no TLS there":        {"broker", "", map[string]any{"tls": true}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := plugin().Drivers[0].Open(t.Context(), sdk.Env{Address: "weight_shelf.wall"}, []byte(config(t, addr, c.change)))
			if err == nil || fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "wrong\"") {
				t.Errorf("%v at %q", err, fault.PathOf(err))
			}
		})
	}
}
