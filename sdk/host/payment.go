package host

import (
	"context"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/payment"
)

// processor commands one opening of a payment processor.
type processor struct {
	client pb.PaymentClient
	source source
}

// Payment gives the commands of a payment processor that was opened under an
// epoch. It answers what the plugin answers: whether amounts are those asked
// for is for the caller to check.
func (p *Plugin) Payment(handle uint32, epoch uint64) payment.Processor {
	return &processor{pb.NewPaymentClient(p.conn), source{handle, epoch}}
}

func (p *processor) Authorize(ctx context.Context, r payment.AuthorizeRequest) (a payment.Authorization, err error) {
	err = call(ctx, "authorize", func(ctx context.Context, o grpc.CallOption) error {
		m, err := p.client.Authorize(ctx, &pb.AuthorizeRequest{
			Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Token: r.Token,
			Amount: wire.AmountOf(r.Amount),
		}, o)
		if err != nil {
			return err
		}
		a = payment.Authorization{
			Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount()), Expires: wire.TimeOf(m.GetExpiresUs()),
			Funding: payment.FundingUnknown, Brand: m.GetBrand(), Last4: m.GetLast4(),
		}
		if f := m.GetFunding(); f > 0 && f <= pb.Funding(payment.FundingPrepaid) {
			a.Funding = payment.Funding(f) //nolint:gosec // bounded just above
		}
		return referenced("authorize", a.Reference)
	})
	return a, err
}

func (p *processor) Capture(ctx context.Context, r payment.CaptureRequest) (c payment.Capture, err error) {
	err = call(ctx, "capture", func(ctx context.Context, o grpc.CallOption) error {
		m, err := p.client.Capture(ctx, &pb.CaptureRequest{
			Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
			Amount: wire.AmountOf(r.Amount),
		}, o)
		if err != nil {
			return err
		}
		c = payment.Capture{Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount())}
		return referenced("capture", c.Reference)
	})
	return c, err
}

func (p *processor) Void(ctx context.Context, r payment.VoidRequest) error {
	return call(ctx, "void", func(ctx context.Context, o grpc.CallOption) error {
		_, err := p.client.Void(ctx, &pb.VoidRequest{
			Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
		}, o)
		return err
	})
}

func (p *processor) Refund(ctx context.Context, r payment.RefundRequest) (f payment.Refund, err error) {
	err = call(ctx, "refund", func(ctx context.Context, o grpc.CallOption) error {
		m, err := p.client.Refund(ctx, &pb.RefundRequest{
			Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
			Amount: wire.AmountOf(r.Amount), Reason: r.Reason,
		}, o)
		if err != nil {
			return err
		}
		f = payment.Refund{Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount())}
		return referenced("refund", f.Reference)
	})
	return f, err
}

func (p *processor) Lookup(ctx context.Context, r payment.LookupRequest) (out payment.Outcome, err error) {
	err = call(ctx, "lookup", func(ctx context.Context, o grpc.CallOption) error {
		m, err := p.client.Lookup(ctx, &pb.LookupRequest{
			Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Operation: pb.Operation(r.Operation),
			Reference: r.Reference, SinceUs: wire.Micros(r.Since),
		}, o)
		if err != nil {
			return err
		}
		s := m.GetState()
		if s <= 0 || s > pb.OutcomeState(payment.StatePending) {
			return wire.StatusOf(fault.Errorf(fault.Unknown, "lookup answered with state %d", s))
		}
		out = payment.Outcome{
			State: payment.State(s), Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount()), //nolint:gosec // bounded
			Message: m.GetMessage(), Expires: wire.TimeOf(m.GetExpiresUs()),
		}
		return nil
	})
	return out, err
}

// referenced refuses an answer without the processor's own name for what it
// did: money may have moved, and nothing could be done with it.
func referenced(op, reference string) error {
	if reference == "" {
		return wire.StatusOf(fault.New(fault.Unknown, op+" answered without a reference"))
	}
	return nil
}
