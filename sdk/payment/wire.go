package payment

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/money"
)

// Driver makes a driver of payment processors, with what they can do. The
// context that open sees lives as long as the processor is open. C is the
// configuration, a tagged struct (package config).
func Driver[C any](name string, can Capabilities, open func(context.Context, sdk.Env, C) (Processor, error)) sdk.Driver {
	d := class.Define(class.Class[Processor]{
		Name:      "payment",
		Abilities: abilities,
		Register: func(r grpc.ServiceRegistrar, commands class.Commands) {
			pb.RegisterPaymentServer(r, &service{commands: commands})
		},
	}, name, open)
	d.Processing = &can
	return d
}

// abilities are the optional abilities of a processor.
func abilities(p Processor) (all []string) {
	if _, ok := p.(Increaser); ok {
		all = append(all, AbilityIncrease)
	}
	if _, ok := p.(Notifier); ok {
		all = append(all, AbilityNotify)
	}
	return all
}

type service struct {
	pb.UnimplementedPaymentServer
	commands class.Commands
}

// movement is what all requests that move money have.
type movement interface {
	GetHandle() uint32
	GetEpoch() uint64
	GetKey() string
	GetSession() string
}

// move runs one movement, apart from others of its session. What a request must
// hold is checked here, before any vendor's code.
func (s *service) move(ctx context.Context, op string, r movement, f func(context.Context, Processor) error) error {
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: op, Beside: true, Session: r.GetSession()}
	return class.Command(ctx, s.commands, call, func(ctx context.Context, p Processor) error {
		if r.GetKey() == "" || r.GetSession() == "" {
			return fault.New(fault.Invalid, "a movement needs a key and a session")
		}
		return f(ctx, p)
	})
}

// amountOf reads an amount that money is to be moved by.
func amountOf(m *pb.Amount) (money.Amount, error) {
	a := wire.MoneyOf(m)
	if !a.Currency.Valid() {
		return a, fault.Errorf(fault.Invalid, "currency %q is not known", string(a.Currency))
	}
	if a.Minor <= 0 {
		return a, fault.New(fault.Invalid, "the amount must be more than nothing")
	}
	return a, nil
}

func (s *service) Authorize(ctx context.Context, r *pb.AuthorizeRequest) (*pb.AuthorizeResponse, error) {
	out := &pb.AuthorizeResponse{}
	err := s.move(ctx, "authorize", r, func(ctx context.Context, p Processor) error {
		amount, err := amountOf(r.GetAmount())
		if err != nil {
			return err
		}
		if r.GetToken() == "" {
			return fault.New(fault.Invalid, "an authorisation needs a token")
		}
		a, err := p.Authorize(ctx, AuthorizeRequest{Key: r.GetKey(), Session: r.GetSession(), Token: r.GetToken(), Amount: amount})
		if err != nil {
			return err
		}
		out.Reference, out.Amount, out.ExpiresUs = a.Reference, wire.AmountOf(a.Amount), wire.Micros(a.Expires)
		out.Funding, out.Brand = pb.Funding(a.Funding), a.Brand
		if len(a.Last4) <= maxLast4 { // the hold stands all the same
			out.Last4 = a.Last4
		}
		if class.NetworkName(a.Network) {
			out.Network = a.Network
		}
		if a.Risk != (Risk{}) {
			out.Risk = &pb.Risk{Level: pb.RiskLevel(a.Risk.Level), Message: wire.Bound(a.Risk.Message, maxRiskText)}
		}
		return nil
	})
	return out, err
}

// maxLast4 keeps a card number out of the field for its last digits.
const maxLast4 = 4

// maxRiskText bounds what a processor says of a risk, in bytes.
const maxRiskText = 256

func (s *service) Increase(ctx context.Context, r *pb.IncreaseRequest) (*pb.IncreaseResponse, error) {
	out := &pb.IncreaseResponse{}
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "increase", Beside: true, Session: r.GetSession()}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, p Increaser) error {
		if r.GetKey() == "" || r.GetSession() == "" || r.GetReference() == "" {
			return fault.New(fault.Invalid, "an increase needs a key, a session and the hold's reference")
		}
		amount, err := amountOf(r.GetAmount())
		if err != nil {
			return err
		}
		a, err := p.Increase(ctx, IncreaseRequest{Key: r.GetKey(), Session: r.GetSession(), Reference: r.GetReference(), Amount: amount})
		out.Reference, out.Amount, out.ExpiresUs = a.Reference, wire.AmountOf(a.Amount), wire.Micros(a.Expires)
		return err
	})
	return out, err
}

func (s *service) Capture(ctx context.Context, r *pb.CaptureRequest) (*pb.CaptureResponse, error) {
	out := &pb.CaptureResponse{}
	err := s.move(ctx, "capture", r, func(ctx context.Context, p Processor) error {
		amount, err := amountOf(r.GetAmount())
		if err != nil {
			return err
		}
		c, err := p.Capture(ctx, CaptureRequest{
			Key: r.GetKey(), Session: r.GetSession(), Reference: r.GetReference(), Amount: amount,
		})
		out.Reference, out.Amount = c.Reference, wire.AmountOf(c.Amount)
		return err
	})
	return out, err
}

func (s *service) Void(ctx context.Context, r *pb.VoidRequest) (*pb.VoidResponse, error) {
	err := s.move(ctx, "void", r, func(ctx context.Context, p Processor) error {
		return p.Void(ctx, VoidRequest{Key: r.GetKey(), Session: r.GetSession(), Reference: r.GetReference()})
	})
	return &pb.VoidResponse{}, err
}

func (s *service) Refund(ctx context.Context, r *pb.RefundRequest) (*pb.RefundResponse, error) {
	out := &pb.RefundResponse{}
	err := s.move(ctx, "refund", r, func(ctx context.Context, p Processor) error {
		amount, err := amountOf(r.GetAmount())
		if err != nil {
			return err
		}
		f, err := p.Refund(ctx, RefundRequest{
			Key: r.GetKey(), Session: r.GetSession(), Reference: r.GetReference(), Amount: amount, Reason: r.GetReason(),
		})
		out.Reference, out.Amount = f.Reference, wire.AmountOf(f.Amount)
		return err
	})
	return out, err
}

func (s *service) Lookup(ctx context.Context, r *pb.LookupRequest) (*pb.LookupResponse, error) {
	out := &pb.LookupResponse{}
	call := class.Call{Handle: r.GetHandle(), Epoch: r.GetEpoch(), Op: "lookup", Beside: true}
	err := class.Command(ctx, s.commands, call, func(ctx context.Context, p Processor) error {
		q := LookupRequest{Key: r.GetKey(), Reference: r.GetReference(), Since: wire.TimeOf(r.GetSinceUs())}
		if o := r.GetOperation(); o > 0 && o <= pb.Operation(OperationIncrease) {
			q.Operation = Operation(o) //nolint:gosec // bounded just above
		}
		if q.Key == "" || q.Operation == OperationUnknown {
			return fault.New(fault.Invalid, "a lookup needs a key and an operation")
		}
		o, err := p.Lookup(ctx, q)
		out.State, out.Reference, out.Amount = pb.OutcomeState(o.State), o.Reference, wire.AmountOf(o.Amount)
		out.Message, out.ExpiresUs = wire.Bound(o.Message, wire.MaxFaultText), wire.Micros(o.Expires)
		return err
	})
	return out, err
}
