package gate

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// Driver makes a driver of gates. The context that open sees lives as long as
// the device. C is the configuration, a tagged struct (package config).
func Driver[C any](name string, open func(context.Context, sdk.Env, C) (Gate, error)) sdk.Driver {
	c := class.Sensing[Gate, observe.Passage]("gate", Gate.Run)
	c.Register = func(r grpc.ServiceRegistrar, commands class.Commands) {
		pb.RegisterGateServer(r, &service{commands: commands})
	}
	return class.Define(c, name, open)
}

type service struct {
	pb.UnimplementedGateServer
	commands class.Commands
}

func (s *service) Admit(ctx context.Context, r *pb.AdmitRequest) (*pb.AdmitResponse, error) {
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "admit"}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, g Gate) error {
		a := Admission{Session: r.GetSession(), Expires: wire.TimeOf(r.GetExpiresUs())}
		if n := r.GetBodies(); n <= observe.MaxBodies {
			a.Bodies = int(n)
		}
		if err := a.check(); err != nil {
			return err
		}
		return g.Admit(ctx, a)
	})
	return admitted, err
}

// admitted is the answer to all that are: there is nothing in it.
var admitted = &pb.AdmitResponse{}

// check keeps admissions that mean nothing from every vendor's gate.
func (a Admission) check() error {
	switch {
	case a.Session == "":
		return fault.New(fault.Invalid, "an admission names its session")
	case a.Bodies < 1:
		return fault.Errorf(fault.Invalid, "an admission is for 1 to %d bodies", observe.MaxBodies)
	case a.Expires.IsZero():
		return fault.New(fault.Invalid, "an admission expires")
	}
	return nil
}
