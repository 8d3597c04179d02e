package credential

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// The optional abilities of a reader: those of a Shower, an Enroller and a
// Forgetter.
const (
	AbilityShow   = "credential.show"
	AbilityEnrol  = "credential.enrol"
	AbilityForget = "credential.forget"
)

// Driver makes a driver of credential readers. The context that open sees lives as long
// as the device. C is the configuration, a tagged struct (package config).
func Driver[C any](name string, open func(context.Context, sdk.Env, C) (Reader, error)) sdk.Driver {
	c := class.Sensing("credential", Reader.Run)
	c.Abilities = abilities
	c.Register = func(r grpc.ServiceRegistrar, commands class.Commands) {
		pb.RegisterCredentialServer(r, &service{commands: commands})
	}
	return class.Define(c, name, open)
}

func abilities(r Reader) (can []string) {
	if _, ok := r.(Shower); ok {
		can = append(can, AbilityShow)
	}
	if _, ok := r.(Enroller); ok {
		can = append(can, AbilityEnrol)
	}
	if _, ok := r.(Forgetter); ok {
		can = append(can, AbilityForget)
	}
	return can
}

type service struct {
	pb.UnimplementedCredentialServer
	commands class.Commands
}

func (s *service) Show(ctx context.Context, r *pb.ShowRequest) (*pb.ShowResponse, error) {
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "show"}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, d Shower) error {
		reply := Reply{Text: r.GetText()}
		if v := r.GetVerdict(); v >= 0 && v <= pb.Verdict_VERDICT_PROMPT {
			reply.Verdict = Verdict(v)
		}
		if err := reply.Check(); err != nil {
			return err
		}
		return d.Show(ctx, reply)
	})
	return &pb.ShowResponse{}, err
}

func (s *service) Enrol(ctx context.Context, r *pb.EnrolRequest) (*pb.EnrolResponse, error) {
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "enrol"}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, d Enroller) error {
		e := Enrolment{Name: r.GetName(), Expires: wire.TimeOf(r.GetExpiresUs())}
		if err := e.Check(); err != nil {
			return err
		}
		return d.Enrol(ctx, e)
	})
	return &pb.EnrolResponse{}, err
}

func (s *service) Forget(ctx context.Context, r *pb.ForgetRequest) (*pb.ForgetResponse, error) {
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "forget"}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, d Forgetter) error {
		if err := checkToken(r.GetToken()); err != nil {
			return err
		}
		return d.Forget(ctx, r.GetToken())
	})
	return &pb.ForgetResponse{}, err
}
