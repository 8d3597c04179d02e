package store

import (
	"testing"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/supervisor"
)

// Deadlines grow together, and none does where no patience is asked for.
func TestPatience(t *testing.T) {
	if patientLimits(0) != nil || patientLimits(1) != nil || patientDevices(0) != nil || patientDevices(1) != nil {
		t.Error("limits of another patience than the usual one")
	}
	l := patientLimits(20)
	if l.StartWithin != 20*supervisor.StartWithin || l.PingWithin != 20*supervisor.PingWithin || l.StopWithin <= l.StopGrace {
		t.Errorf("%+v", l)
	}
	if d := patientDevices(20); *d != (devices.Limits{OpenWithin: 20 * devices.OpenWithin}) {
		t.Errorf("%+v", d)
	}
}
