package host

import (
	"context"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
	"github.com/openaisle/aisle/sdk/payment"
)

// processor commands one opening of a payment processor.
type processor struct {
	plugin *Plugin
	source source
}

// Payment gives the commands of a payment processor that was opened under an
// epoch. It answers what the plugin answers: whether amounts are those asked
// for is for the caller to check.
func (p *Plugin) Payment(handle uint32, epoch uint64) Payment {
	return &processor{p, source{handle, epoch}}
}

// Payment is a processor as a host calls it. One without the ability to increase
// answers that with code unsupported.
type Payment interface {
	payment.Processor
	payment.Increaser
}

func (p *processor) Authorize(ctx context.Context, r payment.AuthorizeRequest) (a payment.Authorization, err error) {
	m := &pb.AuthorizeResponse{}
	err = p.plugin.command(ctx, "authorize", pb.Payment_Authorize_FullMethodName, &pb.AuthorizeRequest{
		Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Token: r.Token,
		Amount: wire.AmountOf(r.Amount),
	}, m)
	if err != nil {
		return a, err
	}
	a = payment.Authorization{
		Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount()), Expires: wire.TimeOf(m.GetExpiresUs()),
		Funding: payment.FundingUnknown, Brand: m.GetBrand(), Last4: m.GetLast4(),
		Risk: payment.Risk{Message: wire.Bound(m.GetRisk().GetMessage(), maxNameText)},
	}
	if f := m.GetFunding(); f > 0 && f <= pb.Funding(payment.FundingEBT) {
		a.Funding = payment.Funding(f) //nolint:gosec // bounded just above
	}
	if l := m.GetRisk().GetLevel(); l > 0 && l <= pb.RiskLevel(payment.RiskDenied) {
		a.Risk.Level = payment.RiskLevel(l) //nolint:gosec // bounded just above
	}
	if n := m.GetNetwork(); class.NetworkName(n) {
		a.Network = n
	}
	return a, referenced("authorize", a.Reference)
}

func (p *processor) Increase(ctx context.Context, r payment.IncreaseRequest) (a payment.Authorization, err error) {
	m := &pb.IncreaseResponse{}
	err = p.plugin.command(ctx, "increase", pb.Payment_Increase_FullMethodName, &pb.IncreaseRequest{
		Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
		Amount: wire.AmountOf(r.Amount),
	}, m)
	if err != nil {
		return a, err
	}
	a = payment.Authorization{Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount()), Expires: wire.TimeOf(m.GetExpiresUs())}
	return a, referenced("increase", a.Reference)
}

func (p *processor) Capture(ctx context.Context, r payment.CaptureRequest) (c payment.Capture, err error) {
	m := &pb.CaptureResponse{}
	err = p.plugin.command(ctx, "capture", pb.Payment_Capture_FullMethodName, &pb.CaptureRequest{
		Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
		Amount: wire.AmountOf(r.Amount),
	}, m)
	if err != nil {
		return c, err
	}
	c = payment.Capture{Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount())}
	return c, referenced("capture", c.Reference)
}

func (p *processor) Void(ctx context.Context, r payment.VoidRequest) error {
	return p.plugin.command(ctx, "void", pb.Payment_Void_FullMethodName, &pb.VoidRequest{
		Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
	}, &pb.VoidResponse{})
}

func (p *processor) Refund(ctx context.Context, r payment.RefundRequest) (f payment.Refund, err error) {
	m := &pb.RefundResponse{}
	err = p.plugin.command(ctx, "refund", pb.Payment_Refund_FullMethodName, &pb.RefundRequest{
		Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Session: r.Session, Reference: r.Reference,
		Amount: wire.AmountOf(r.Amount), Reason: r.Reason,
	}, m)
	if err != nil {
		return f, err
	}
	f = payment.Refund{Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount())}
	return f, referenced("refund", f.Reference)
}

func (p *processor) Lookup(ctx context.Context, r payment.LookupRequest) (out payment.Outcome, err error) {
	m := &pb.LookupResponse{}
	err = p.plugin.command(ctx, "lookup", pb.Payment_Lookup_FullMethodName, &pb.LookupRequest{
		Handle: p.source.handle, Epoch: p.source.epoch, Key: r.Key, Operation: pb.Operation(r.Operation),
		Reference: r.Reference, SinceUs: wire.Micros(r.Since),
	}, m)
	if err != nil {
		return out, err
	}
	s := m.GetState()
	if s <= 0 || s > pb.OutcomeState(payment.StatePending) {
		return out, fault.Errorf(fault.Unknown, "lookup answered with state %d", s)
	}
	return payment.Outcome{
		State: payment.State(s), Reference: m.GetReference(), Amount: wire.MoneyOf(m.GetAmount()), //nolint:gosec // bounded
		Message: m.GetMessage(), Expires: wire.TimeOf(m.GetExpiresUs()),
	}, nil
}

// referenced refuses an answer without the processor's own name for what it
// did: money may have moved, and nothing could be done with it.
func referenced(op, reference string) error {
	if reference == "" {
		return fault.New(fault.Unknown, op+" answered without a reference")
	}
	return nil
}
