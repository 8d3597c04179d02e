// Package class is for authors of device classes: it holds what every class is
// made of, so that a class package adds only its own contract and adapter.
//
// Vendors don't import it; they see Env and Driver as aliases in package sdk.
package class

import (
	"context"
	"log/slog"
	"time"
)

// Env is what a driver's open function gets beside its configuration.
type Env struct {
	// Address is the device's address in the store, such as "gate.north".
	Address string
	// Points are the addresses of the device's points by their own names, such
	// as "bay[1]" for "weight_shelf.cooler_top.bay[1]".
	Points map[string]string
	// Log writes to the host's log, with the device's address on every line.
	Log *slog.Logger
	// Safety is the fail-safe behaviour to set before anything else.
	Safety Safety
	// Link is the device's line to the host.
	Link Link
}

// Safety is the fail-safe behaviour of a device. Nothing in it can hold a
// person in.
type Safety struct {
	// FreeExitAfter is how long a gate may go without a word from the host
	// before it frees its exits. Zero means the gate's own default.
	FreeExitAfter time.Duration
}

// Link is the device's line to the host.
type Link interface {
	// Flush waits until the host has made durable everything that the device
	// has reported so far. With a context that outlives Run's it waits a
	// moment longer when the device is told to stop: a Run that must hand on
	// what is durable can so learn of its last reports.
	Flush(ctx context.Context) error
	// ClockOffset sets the estimate of the device's clock minus the host's
	// that later reports carry. Zero until set.
	ClockOffset(d time.Duration)
}
