package devices

import (
	"encoding/json"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/line/usb/usbtest"
)

// A device that is plugged in while the store runs opens on a fresh instance of its
// plugin, which alone is granted it. The others move there, and lose nothing; and
// nobody moves for a device that has what it needs.
func TestPluggedInLater(t *testing.T) {
	x := usbtest.New(t)
	dir, err := os.MkdirTemp("", "dev")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	sup := supervisor.New(&supervisor.Options{Log: slog.New(slog.DiscardHandler), RunDir: dir, Limits: patient(nil), Kernel: x.Tree})
	conf, _ := json.Marshal(pluggedConfig{Sys: x.Sys, Number: "SCALE-41"})
	plugged := storedef.Device{Address: "weight_shelf.usb", Class: storedef.ClassWeightShelf, Plugin: "test", Driver: "plugged", Config: conf,
		Bays: []storedef.Bay{{Address: "weight_shelf.usb.bay[1]"}}}
	spec := testSpec()
	spec.Grants.USB = []string{"SCALE-41"}
	r := startWith(t, newJournal(), Options{Leases: t.TempDir(), Supervisor: sup}, spec, nil, gateDef(""), shelfDef(), plugged)
	_ = r.Opened(t.Context()) // it can't be
	if m, _ := r.sup.Status()[0].Isolation.Measure(sandbox.Processes); m.State != sandbox.Enforced {
		t.Skip("not enforced here: " + m.Why)
	}
	is := func(in []event.Input, state event.DeviceState) bool {
		all := states(in, plugged.Address)
		return len(all) > 0 && all[len(all)-1].State == state
	}
	ready := func(in []event.Input) bool { return is(in, event.StateReady) }
	r.journal.await(t, func(in []event.Input) bool { return is(in, event.StateOffline) })
	pid := r.sup.Status()[0].PID
	x.Plug("1-1", "ttyACM0", "1-1:1.0", "SCANNER-7") // another's
	time.Sleep(50 * time.Millisecond)                // it is tried again and again
	if now := r.sup.Status()[0].PID; now != pid || r.all.Load().plugins["test"].upgrading() != nil || ready(r.journal.list()) {
		t.Errorf("process %d after %d for a device that nobody is granted", now, pid)
	}
	x.Plug("1-2", "ttyACM1", "1-2:1.0", "SCALE-41")
	r.journal.await(t, ready)
	r.settled(t, pid)
	st := r.sup.Status()[0]
	x.Unplug("1-2", "ttyACM1") // which it does not notice, for nobody asks it
	x.Plug("1-2", "ttyACM2", "1-2:1.0", "SCALE-41")
	time.Sleep(50 * time.Millisecond)
	if now := r.sup.Status()[0]; now.PID != st.PID || now.Restarts != 0 || now.State != supervisor.StateRunning {
		t.Errorf("moved without need: %+v, and was %+v", now, st)
	}
	if w := words(states(r.journal.list(), "gate.north")); w != "claiming ready closing claiming ready " {
		t.Errorf("the gate: %s", w)
	}
	noGaps(t, r.journal.list(), "weight_shelf.top")
}

// settled waits until another process than a given one is the plugin.
func (r *rig) settled(t *testing.T, pid int) {
	t.Helper()
	for limit := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		st := r.sup.Status()[0]
		if st.PID != pid && st.PID != 0 && st.State == supervisor.StateRunning {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("it is still %+v", st)
		}
	}
}
