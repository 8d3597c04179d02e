package store

import (
	"time"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/supervisor"
)

// patientLimits are the supervisor's deadlines for plugins' starts, answers and ends, each so
// many times as long: for a machine that is emulated, or far too busy. Nil is the
// supervisor's own.
func patientLimits(times int) *supervisor.Limits {
	if times <= 1 {
		return nil
	}
	n := time.Duration(times)
	return &supervisor.Limits{
		StartWithin: n * supervisor.StartWithin, PingEvery: n * supervisor.PingEvery, PingWithin: n * supervisor.PingWithin,
		EndWithin: n * supervisor.EndWithin, StopGrace: n * supervisor.StopGrace, StopWithin: n * supervisor.StopWithin,
		SwapWithin: n * supervisor.SwapWithin,
	}
}

// patientDevices is how long devices have to open, by the same rule.
func patientDevices(times int) *devices.Limits {
	if times <= 1 {
		return nil
	}
	return &devices.Limits{OpenWithin: time.Duration(times) * devices.OpenWithin}
}
