package host

import (
	"context"
	"sync"

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
	m, _ := admits.Get().(*admit)
	m.request.Handle, m.request.Epoch, m.request.Session = g.source.handle, g.source.epoch, a.Session
	m.request.Bodies, m.request.ExpiresUs = uint32(max(a.Bodies, 0)), wire.Micros(a.Expires) //nolint:gosec // not negative
	err := g.plugin.command(ctx, "admit", pb.Gate_Admit_FullMethodName, &m.request, &m.response)
	m.request.Session = ""
	m.response.Reset() // a plugin may have put anything into it
	admits.Put(m)
	return err
}

// admit is what an admission sends and gets, which is done with when it returns.
type admit struct {
	request  pb.AdmitRequest
	response pb.AdmitResponse
}

var admits = sync.Pool{New: func() any { return new(admit) }}
