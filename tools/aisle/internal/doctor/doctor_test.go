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
