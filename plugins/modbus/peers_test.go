package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// pymodbus starts an independent server at a TCP port or a serial one.
func pymodbus(t *testing.T, where string) {
	t.Helper()
	if out, err := exec.Command("/usr/bin/python3", "-c", "import pymodbus.server, serial_asyncio").CombinedOutput(); err != nil {
		t.Skipf("python3-pymodbus or python3-serial-asyncio is missing, so no independent server: %.60s", out)
	}
	served(t, exec.Command("/usr/bin/python3", append([]string{"testdata/pymodbus_server.py", where}, words...)...))
}

// words are what the registers of the servers hold: 345.5 as a float whose
// halves are turned around, then 0.25 in order.
var words = []string{"0xc000", "0x43ac", "0x3e80", "0x0000"}

// served starts a server that says "ready", and is what it says then.
func served(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	out := bufio.NewReader(pipe)
	if said, err := out.ReadString('\n'); err != nil || said != "ready\n" {
		t.Fatalf("%q, %v", said, err)
	}
	return out
}

// opened opens a device once its server answers.
func opened(t *testing.T, driver string, c map[string]any) *classtest.Rig {
	t.Helper()
	var d sdk.Driver
	for _, d = range plugin().Drivers {
		if d.Name == driver {
			break
		}
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		v, err := d.Open(t.Context(), sdk.Env{}, []byte(config(t, c)))
		if err == nil {
			_ = v.Value.(io.Closer).Close()
			return classtest.Subject{Driver: driver, Start: started, Config: config(t, c)}.Open(t)
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func weighs(t *testing.T, line map[string]any) {
	t.Helper()
	c := map[string]any{
		"poll": 20 * time.Millisecond, "hold": 100 * time.Millisecond, "answer": 5 * time.Second,
		"bay": []map[string]any{
			{"register": 0, "type": "float32", "order": "CDAB"},
			{"register": 2, "type": "float32", "kind": "input", "grams": 1000},
		},
	}
	for k, v := range line {
		c[k] = v
	}
	r := opened(t, "load_cells", c)
	want := map[int]measure.Mass{1: 345_500 * measure.Milligram, 2: 250 * measure.Gram}
	for range want {
		w := r.Next().Evidence.(observe.Weight)
		if d := w.Mass - want[w.Bay]; d > measure.Gram || d < -measure.Gram {
			t.Errorf("bay %d weighs %v, want %v", w.Bay, w.Mass, want[w.Bay])
		}
	}
}

// An independent server on TCP: registers of both kinds, and coils.
func TestPymodbusTCP(t *testing.T) {
	t.Attr("peer", "Debian's python3-pymodbus, a server on TCP and RTU")
	t.Parallel()
	addr := free(t)
	_, port, _ := net.SplitHostPort(addr)
	pymodbus(t, port)
	weighs(t, map[string]any{"addr": addr})
	g := opened(t, "relay_gate", map[string]any{"addr": addr, "unlock": 3, "passed_in": 0, "passed_out": 1, "answer": 5 * time.Second})
	if err := g.Plugin.Gate(g.Handle, g.Epoch).Admit(t.Context(), gate.Admission{Session: "visit", Bodies: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Error(err)
	}
}

// The same on a serial line, over a pair of pseudo terminals that socat joins.
func TestPymodbusRTU(t *testing.T) {
	t.Attr("peer", "Debian's python3-pymodbus, a server on TCP and RTU")
	socat, err := exec.LookPath("socat")
	if err != nil {
		t.Skip("socat is missing: no serial line can be made here")
	}
	t.Parallel()
	near, far := filepath.Join(t.TempDir(), "near"), filepath.Join(t.TempDir(), "far")
	cmd := exec.Command(socat, "pty,raw,echo=0,link="+near, "pty,raw,echo=0,link="+far)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for _, p := range []string{near, far} {
		for _, err := os.Stat(p); err != nil; _, err = os.Stat(p) {
			if t.Context().Err() != nil {
				t.Fatal("socat made no line")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	pymodbus(t, far)
	weighs(t, map[string]any{"port": near, "frame": "8N1"})
}

// A second server that is not ours: registers, and a gate that somebody goes
// through.
func TestModbusSerial(t *testing.T) {
	t.Attr("peer", "npm modbus-serial, a server")
	t.Parallel()
	folder := os.Getenv("AISLE_MODBUS_SERIAL")
	if folder == "" {
		t.Skip("modbus-serial is missing: AISLE_MODBUS_SERIAL names no folder where npm installed it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is missing: modbus-serial can't run")
	}
	addr := free(t)
	_, port, _ := net.SplitHostPort(addr)
	out := served(t, exec.Command(node, append([]string{"testdata/modbus-serial-server.js", folder, port}, words...)...))
	weighs(t, map[string]any{"addr": addr})
	g := opened(t, "relay_gate", map[string]any{
		"addr": addr, "unlock": 3, "passed_in": 0, "passed_out": 1, "answer": 5 * time.Second, "poll": 20 * time.Millisecond, "pulse": 100 * time.Millisecond, "window": time.Minute,
	})
	if err := g.Plugin.Gate(g.Handle, g.Epoch).Admit(t.Context(), gate.Admission{Session: "visit", Bodies: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	// The first is what each start writes, that the gate is locked.
	for line := ""; line != "coil 3 true\n"; {
		if line, err = out.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	for {
		if p, ok := g.Next().Evidence.(observe.Passage); ok {
			if p.Direction != observe.DirectionIn || p.Admission != "visit" {
				t.Errorf("%+v", p)
			}
			return
		}
	}
}

// The device to develop against answers a master that is not ours.
func TestMbpoll(t *testing.T) {
	t.Attr("peer", "Debian's mbpoll, a client of what our simulator says")
	t.Parallel()
	mbpoll, err := exec.LookPath("mbpoll")
	if err != nil {
		t.Skip("mbpoll is missing: no independent master")
	}
	d, addr := device(t)
	d.Put(10, -345)
	d.Input(2, true)
	_, port, _ := net.SplitHostPort(addr)
	ask := func(want string, args ...string) {
		t.Helper()
		b, err := exec.Command(mbpoll, append([]string{"-m", "tcp", "-p", port, "-a", "1", "-0", "-1", "-q"}, args...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("mbpoll %q prints %s, %v", args, b, err)
		}
	}
	ask("-345", "-t", "4:int", "-B", "-r", "10", "127.0.0.1")     // a holding register of 32 bits, the higher half first
	ask("[2]: \t1", "-t", "1", "-r", "0", "-c", "4", "127.0.0.1") // inputs
	ask("Written 1", "-t", "0", "-r", "3", "127.0.0.1", "1")
	if d.Pulses(3) != 1 {
		t.Errorf("coil 3 was switched on %d times", d.Pulses(3))
	}
	d.Break(true)
	if b, err := exec.Command(mbpoll, "-m", "tcp", "-p", port, "-0", "-1", "127.0.0.1").CombinedOutput(); err == nil {
		t.Errorf("a broken device answers %s", b)
	}
}
