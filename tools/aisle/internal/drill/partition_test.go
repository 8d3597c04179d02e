package drill

import (
	"testing"

	"github.com/openaisle/aisle/framework/control"
)

func TestAway(t *testing.T) {
	for name, c := range map[string]struct {
		devices []control.Device
		want    bool
	}{
		"nobody":          {[]control.Device{{Plugin: "q", State: "offline", Cause: "cut"}}, false},
		"with a cause":    {[]control.Device{{Plugin: "p", State: "offline", Cause: "cut"}, {Plugin: "q", State: "ready"}}, true},
		"without a cause": {[]control.Device{{Plugin: "p", State: "offline"}}, false},
		"one of two":      {[]control.Device{{Plugin: "p", State: "offline", Cause: "cut"}, {Plugin: "p", State: "ready"}}, false},
	} {
		if got := away(&control.State{Devices: c.devices}, "p"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A failure that devices must keep through hurts those that lost anything by it,
// and a way back that takes too long is no success.
func TestKeeps(t *testing.T) {
	before := control.State{Devices: []control.Device{{Address: "a", Plugin: "p", State: "ready", Epoch: 1}, {Address: "b", Plugin: "q", State: "ready", Epoch: 1}}}
	deed := Deed{Name: "a cut", Touches: of(control.Plugin{Name: "p"}), Keeps: true}
	if h := hurt(before, before, deed); len(h) != 0 {
		t.Errorf("%q", h)
	}
	after := before
	after.Devices = []control.Device{{Address: "a", Plugin: "p", State: "ready", Epoch: 2}, before.Devices[1]}
	if h := hurt(before, after, deed); len(h) != 1 {
		t.Errorf("opened anew: %q", h)
	}
	after.Devices = []control.Device{{Address: "a", Plugin: "p", State: "ready", Epoch: 1, Evidence: control.Evidence{Gaps: 1}}, before.Devices[1]}
	if h := hurt(before, after, deed); len(h) != 1 {
		t.Errorf("a gap: %q", h)
	}
	if deed.Keeps = false; len(hurt(before, after, deed)) != 0 {
		t.Error("a device that may lose something is hurt by it")
	}
	if r := (FailureResult{SoldAfter: 1}); !r.OK() {
		t.Error("not OK")
	}
	if r := (FailureResult{SoldAfter: 1, Late: []string{"6 s"}}); r.OK() {
		t.Error("OK although it took too long")
	}
}
