package main

import (
	"context"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

// simGate is one gate of the world.
type simGate struct{ *line }

func openGate(ctx context.Context, env sdk.Env, c config) (gate.Gate, error) {
	l, err := dial(ctx, env, "gate", c)
	if err != nil {
		return nil, err
	}
	return simGate{l}, nil
}

// Run reports every body that passes, in either direction.
func (g simGate) Run(ctx context.Context, report func(observe.Passage)) error {
	return g.pump(ctx, only(report))
}

// Admit opens the gate for a party. The world knows the session again.
func (g simGate) Admit(ctx context.Context, a gate.Admission) error {
	return g.call(ctx, "admit", wire.AdmitParams{Session: a.Session, Bodies: a.Bodies, ExpiresUS: a.Expires.UnixMicro()}, &struct{}{})
}
