package host

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Gate commands one opening of a gate.
type Gate struct {
	client pb.GateClient
	source source
}

// Gate gives the commands of a gate that was opened under an epoch.
func (p *Plugin) Gate(handle uint32, epoch uint64) *Gate {
	return &Gate{pb.NewGateClient(p.conn), source{handle, epoch}}
}

// Admit asks the gate to let people in (gate.Gate).
func (g *Gate) Admit(ctx context.Context, a gate.Admission) error {
	return call(ctx, "admit", func(ctx context.Context, o grpc.CallOption) error {
		_, err := g.client.Admit(ctx, &pb.AdmitRequest{
			Handle: g.source.handle, Epoch: g.source.epoch, Session: a.Session,
			Bodies: uint32(max(a.Bodies, 0)), ExpiresUs: wire.Micros(a.Expires), //nolint:gosec // not negative
		}, o)
		return err
	})
}
