package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/control"
)

// What needs doing: a device whose isolation is open is told with it, a line
// that is cut and a certificate that ends soon are findings.
func TestFindings(t *testing.T) {
	s := control.State{
		Plugins: []control.Plugin{
			{Name: "p", Product: "x", State: "running", Isolation: []control.Measure{{Name: "cpu", State: control.MeasureMissing, Why: "no control group"}}},
			{Name: "q", Product: "x", State: "running"},
		},
		Devices: []control.Device{{Address: "gate.north", Plugin: "p", State: "ready"}, {Address: "gate.south", Plugin: "q", State: "ready"}},
	}
	r := Running(&s)
	if m := r.Devices[0].Missing; len(m) != 1 || m[0].Name != "cpu" {
		t.Errorf("%+v", m)
	}
	if m := r.Devices[1].Missing; len(m) != 1 || m[0].Name != "isolation" {
		t.Errorf("nothing known of its isolation passes for isolated: %+v", m)
	}
	r.Machine = []Feature{{Name: launcherName, OK: true}}
	if !r.OK() {
		t.Error("something needs doing")
	}
	r.Machine[0].OK = false
	if r.OK() {
		t.Error("a launcher that can't be had needs nothing")
	}
	until := time.Now()
	for name, c := range map[string]struct {
		agent control.Agent
		want  string
	}{
		"up":   {control.Agent{Name: "back", Up: true}, ""},
		"cut":  {control.Agent{Name: "back", Address: "10.0.0.5:7443"}, "10.0.0.5:7443"},
		"ends": {control.Agent{Name: "back", Up: true, Expires: &until, Renew: `run "aisle agent enroll back"`}, "enroll back"},
	} {
		s.Agents = []control.Agent{c.agent}
		r := Running(&s)
		r.Machine = nil
		if got := r.Agents[0].Next; !strings.Contains(got, c.want) || (got == "") != (c.want == "") || r.OK() != (c.want == "") {
			t.Errorf("%s: %q, OK %v", name, got, r.OK())
		}
	}
}

// What a plugin was granted is told, and a cause that smells of a denial names
// the sandbox.
func TestGranted(t *testing.T) {
	grant := control.Grant{Access: "dial", Value: "10.0.0.5:1", From: "gate.north config.address"}
	s := control.State{
		Plugins: []control.Plugin{{Name: "p", Product: "x", State: "running", Granted: []control.Grant{grant},
			Connections: []control.Connection{{Address: "10.0.0.5:1", Error: "connection refused"}, {Address: "10.0.0.6:1"}}}},
		Devices: []control.Device{
			{Address: "a", Plugin: "p", State: "failed", Cause: "open /dev/ttyUSB0: Permission denied"}, {Address: "b", Plugin: "p", State: "failed", Cause: "it is full"},
			{Address: "c", Plugin: "p", State: "ready", Cause: "no such file"},
		},
	}
	r := Running(&s)
	if p := r.Plugins[0]; len(p.Granted) != 1 || p.Granted[0] != grant || len(p.Failed) != 1 || p.Failed[0].Address != "10.0.0.5:1" {
		t.Errorf("%+v", p)
	}
	for i, want := range []bool{true, false, false} {
		if next := r.Devices[i].Next; strings.Contains(next, "Needs") != want {
			t.Errorf("%s: %q", r.Devices[i].Address, next)
		}
	}
}

// A port where nobody listens looks to a plugin like one that hangs up. The host, which
// dials for it, knows better, and says so in place of the sandbox.
func TestUnreached(t *testing.T) {
	s := control.State{
		Plugins: []control.Plugin{{Name: "p", Product: "x", State: "running",
			Granted:     []control.Grant{{Access: "dial", Value: "10.0.0.5:1", From: "gate.north config.addr"}, {Access: "dial", Value: "10.0.0.6:1", From: "gate.south config.addr"}},
			Connections: []control.Connection{{Address: "10.0.0.5:1", Error: "connection refused"}, {Address: "10.0.0.6:1"}}}},
	}
	reset := "read tcp 127.0.0.1:3->10.0.0.5:1: connection reset by peer"
	for _, c := range []struct {
		name, device, state, cause string
		want                       bool
	}{
		{"its own port", "gate.north", "offline", reset, true},
		{"another device's", "gate.south", "offline", reset, false},
		{"a name that only begins so", "gate.nor", "offline", reset, false},
		{"it answers, and wrongly", "gate.north", "failed", "it is full", false},
		{"it is well", "gate.north", "ready", reset, false},
	} {
		s.Devices = []control.Device{{Address: c.device, Plugin: "p", State: c.state, Cause: c.cause}}
		r := Running(&s)
		next := r.Devices[0].Next
		if got := strings.Contains(next, "10.0.0.5:1 (connection refused)"); got != c.want || got && strings.Contains(next, "sandbox") {
			t.Errorf("%s: %q", c.name, next)
		}
	}
}
