package host

import (
	"context"

	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Gate commands one opening of a gate.
type Gate struct {
	plugin *Plugin
	source source
}

// Gate gives the commands of a gate that was opened under an epoch.
func (p *Plugin) Gate(handle uint32, epoch uint64) *Gate {
	return &Gate{p, source{handle, epoch}}
}

// Admit asks the gate to let people in (gate.Gate).
func (g *Gate) Admit(ctx context.Context, a gate.Admission) error {
	return g.plugin.command(ctx, "admit", pb.Gate_Admit_FullMethodName, &pb.AdmitRequest{
		Handle: g.source.handle, Epoch: g.source.epoch, Session: a.Session,
		Bodies: uint32(max(a.Bodies, 0)), ExpiresUs: wire.Micros(a.Expires), //nolint:gosec // not negative
	}, &pb.AdmitResponse{})
}
