package store

import (
	"slices"
	"testing"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
)

// The entry is closed where no gate lets anybody in, however that came about.
func TestEntryClosed(t *testing.T) {
	s := &storedef.Store{Devices: []storedef.Device{
		{Address: "gate.north", Class: storedef.ClassGate, Role: storedef.RoleEntry},
		{Address: "gate.south", Class: storedef.ClassGate},
		{Address: "gate.out", Class: storedef.ClassGate, Role: storedef.RoleExit},
		{Address: "payment.cards", Class: storedef.ClassPayment},
	}}
	north, south := event.Closure{Gate: "gate.north", Reason: "north is down"}, event.Closure{Gate: "gate.south", Reason: "south is down"}
	for _, x := range []struct {
		closed []event.Closure
		want   string
	}{
		{nil, ""},
		{[]event.Closure{north}, ""},
		{[]event.Closure{north, south}, "north is down; south is down"},
		{[]event.Closure{north, {Device: "payment.cards", Reason: "cards are down"}}, "cards are down"},
	} {
		if got := entryClosed(s, x.closed); got != x.want {
			t.Errorf("%v: %q, want %q", x.closed, got, x.want)
		}
	}
	if got := entryClosed(&storedef.Store{}, nil); got != "" {
		t.Errorf("a store without gates: %q", got)
	}
}

// Metrics show a plugin in every state that it may be in.
func TestPluginStates(t *testing.T) {
	for _, s := range []supervisor.State{supervisor.StateStarting, supervisor.StateRunning, supervisor.StateRestarting, supervisor.StateQuarantined,
		supervisor.StateUpgrading, supervisor.StateStopping, supervisor.StateStopped} {
		if !slices.Contains(control.PluginStates(), string(s)) {
			t.Errorf("nobody sees that a plugin is %s", s)
		}
	}
}
