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

// A call is a stream of its own on the connection, of which a plugin has 64 at
// once. What may be held up goes in turn, and the others find room: evidence,
// commands, health, and the plugin's description.
const (
	// maxCalls is how many devices may be opening or closing, and commands under
	// way that are single calls, at once.
	maxCalls = 48
	// maxListening is how many streams of notices there are at once.
	maxListening = 8
)

// inTurn makes a call that may be held up. The error of one whose turn never came
// says that nothing has left.
func (p *Plugin) inTurn(ctx context.Context, op string, f func() error) error {
	select {
	case p.calls <- struct{}{}:
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, op, ctx.Err())
	}
	defer func() { <-p.calls }()
	return f()
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
