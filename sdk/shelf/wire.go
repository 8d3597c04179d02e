package shelf

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/observe"
)

// AbilityTare is the optional ability of a Tarer.
const AbilityTare = "shelf.tare"

// Driver makes a driver of weight shelves. The context that open sees lives as
// long as the device. C is the configuration, a tagged struct (package config).
func Driver[C any](name string, open func(context.Context, sdk.Env, C) (Shelf, error)) sdk.Driver {
	c := class.Sensing("shelf", Shelf.Run)
	c.Abilities = func(s Shelf) []string {
		if _, ok := s.(Tarer); ok {
			return []string{AbilityTare}
		}
		return nil
	}
	c.Register = func(r grpc.ServiceRegistrar, commands class.Commands) {
		pb.RegisterShelfServer(r, &service{commands: commands})
	}
	return class.Define(c, name, open)
}

type service struct {
	pb.UnimplementedShelfServer
	commands class.Commands
}

func (s *service) Tare(ctx context.Context, r *pb.TareRequest) (*pb.TareResponse, error) {
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "tare"}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, t Tarer) error {
		bay := r.GetBay()
		if bay < 1 || bay > observe.MaxBay {
			return fault.Errorf(fault.Invalid, "bay %d: bays are numbered from 1 to %d", bay, observe.MaxBay)
		}
		return t.Tare(ctx, int(bay))
	})
	return &pb.TareResponse{}, err
}
