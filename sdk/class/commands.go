package class

import (
	"context"

	"github.com/openaisle/aisle/sdk/fault"
)

// Call says which device a command is for, and what it may run beside.
type Call struct {
	Handle uint32
	Epoch  uint64
	// Op is the deed, for errors: "admit".
	Op string
	// Beside lets the call run beside others of the same device. Without it
	// the SDK calls one method at a time.
	Beside bool
	// Session, where Beside is set, keeps calls with the same session apart.
	// Calls without one wait for nobody.
	Session string
}

// Commands finds the open device that a command is for. A class's service gets
// it when it is registered.
type Commands interface {
	// Do runs f on the device. It refuses a command for a device that is not
	// open under the call's epoch with code unavailable, waits its turn, makes
	// a panic in f a fault, and returns an error that gRPC can carry.
	Do(ctx context.Context, call Call, f func(ctx context.Context, device any) error) error
}

// Command runs f on the device of call, which must have the ability D.
func Command[D any](ctx context.Context, c Commands, call Call, f func(context.Context, D) error) error {
	return c.Do(ctx, call, func(ctx context.Context, device any) error {
		d, ok := device.(D)
		if !ok {
			return fault.New(fault.Unsupported, "this device can't do that")
		}
		return f(ctx, d)
	})
}
