package drill

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/control"
)

// What is sent over a line that is cut arrives when it is mended, and not before.
func TestWire(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	w, err := NewWire(far.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 2)
	go func() {
		c, err := far.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 1)
		for range 2 {
			if _, err := io.ReadFull(c, b); err != nil {
				return
			}
			got <- string(b)
		}
		_, _ = io.Copy(io.Discard, c)
	}()
	near, err := net.Dial("tcp", w.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	send := func(s string) {
		if _, err := io.WriteString(near, s); err != nil {
			t.Fatal(err)
		}
	}
	send("a")
	if s := <-got; s != "a" {
		t.Errorf("%q came over the whole line", s)
	}
	w.Cut()
	send("b")
	select {
	case s := <-got:
		t.Errorf("%q came over the cut line", s)
	case <-time.After(50 * time.Millisecond):
	}
	w.Mend()
	if s := <-got; s != "b" {
		t.Errorf("%q came over the mended line", s)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := near.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlived its line")
	}
}

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
