package host

import (
	"context"
	"sync/atomic"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// call makes one unary call and turns its error into a fault.
func call(ctx context.Context, op string, f func(context.Context, grpc.CallOption) error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, op, err) // nothing has left
	}
	var left departure
	err := f(ctx, grpc.PerRPCCredentials(&left))
	return wire.FromStatus(op, err, left.sent.Load())
}

// departure learns whether a call left this process. gRPC asks for credentials
// when it writes a call to a live connection, and at no other time, so a call
// that never asked certainly changed nothing.
type departure struct{ sent atomic.Bool }

func (d *departure) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	d.sent.Store(true)
	return nil, nil //nolint:nilnil // no metadata is what it wants to add
}

func (d *departure) RequireTransportSecurity() bool { return false }
