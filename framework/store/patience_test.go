package store

import (
	"testing"

	"github.com/openaisle/aisle/framework/supervisor"
)

// Deadlines grow together, and none does where no patience is asked for.
func TestPatience(t *testing.T) {
	if patientLimits(0) != nil || patientLimits(1) != nil {
		t.Error("limits of another patience than the supervisor's")
	}
	l := patientLimits(20)
	if l.StartWithin != 20*supervisor.StartWithin || l.PingWithin != 20*supervisor.PingWithin || l.StopWithin <= l.StopGrace {
		t.Errorf("%+v", l)
	}
}
