package devices

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/devices/lease"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/fault"
)

const leasedKey = "test/devices\x00lane\x00SN1"

// goes is about what a gate goes through in the end.
func goes(suffix string) func([]event.Input) bool {
	return func(in []event.Input) bool { return strings.HasSuffix(words(states(in, "gate.north")), suffix) }
}

// A gate that another host drives stays claimed, with its holder named, and is
// driven once that lets it go.
func TestGateIsLeased(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "leases")
	other, err := lease.Take(dir, leasedKey, lease.Holder{Store: "corner", Device: "gate.a", PID: 42, Epoch: 9, Since: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	r := startLeased(t, dir, gateDef(`{"serial":"SN1"}`))
	r.journal.await(t, goes("claiming claiming "))
	s := states(r.journal.list(), "gate.north")
	if c := s[len(s)-1].Cause; !strings.Contains(c, `store "corner"`) || !strings.Contains(c, "process 42") {
		t.Errorf("cause %q", c)
	}
	if err := admit(t, r.Devices, "s1"); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a gate that another host drives: %v", err)
	}
	other.Release()
	r.journal.await(t, goes("claiming claiming ready "))
	if v := r.Status()[0]; !strings.HasPrefix(v.Lease, "held: "+dir) {
		t.Errorf("lease %q", v.Lease)
	}
	if n := len(states(r.journal.list(), "gate.north")); n != 3 {
		t.Errorf("%d words of it", n)
	}
	// It is held through a swap, and let go at the end.
	if err := r.upgrade(t.Context(), "good", &UpgradeOptions{Progress: func(supervisor.Stage) {
		if l, err := lease.Take(dir, leasedKey, lease.Holder{}); err == nil {
			l.Release()
			t.Error("let go in a swap")
		}
	}}); err != nil {
		t.Error(err)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A gate whose plugin crashed is claimed again.
func TestLeaseAfterCrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "leases")
	r := startLeased(t, dir, gateDef(`{"serial":"SN1","lost":`+file(t)+`}`))
	r.journal.await(t, goes("offline claiming ready "))
	if err := syscall.Kill(r.sup.Status()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, goes("failed claiming ready "))
	if v := r.Status()[0]; !strings.HasPrefix(v.Lease, "held: ") {
		t.Errorf("lease %q", v.Lease)
	}
}

func TestNoLease(t *testing.T) {
	r := startLeased(t, filepath.Join(t.TempDir(), "no", "such"), gateDef(`{"serial":"SN1"}`))
	r.journal.await(t, goes("claiming ready "))
	if v := r.Status()[0]; !strings.HasPrefix(v.Lease, "none: lease: mkdir") {
		t.Errorf("lease %q", v.Lease)
	}
	if w := r.warned.list(); len(w) != 1 || !strings.Contains(w[0], "no lease") {
		t.Errorf("warned %q", w)
	}
	r = startLeased(t, t.TempDir(), gateDef(""))
	r.journal.await(t, goes("claiming ready "))
	if v := r.Status()[0]; !strings.Contains(v.Lease, "no serial number") {
		t.Errorf("lease %q", v.Lease)
	}
}
