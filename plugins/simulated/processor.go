package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// simProcessor is the world's card processor. It has no Run that could end with
// the world, so it connects again by itself.
type simProcessor struct {
	ctx    context.Context
	env    sdk.Env
	config config
	can    *wire.ProcessorCan

	// mu is for those who connect again.
	mu   sync.Mutex
	line atomic.Pointer[line]
	// untaken is a notice that the host did not take. Notices alone uses it.
	untaken *wire.ToClient
}

// processorConfig is the processor's config block. What it takes away a
// processing block of the device should take away too: that is what the store is
// checked against.
type processorConfig struct {
	World          string        `aisle:"world,required,dial" doc:"Address of the simulated world, such as peer.world.address."`
	Increment      bool          `aisle:"increment" default:"true" doc:"Whether holds can be raised."`
	OverCapture    int64         `aisle:"over_capture,min=0,max=1000000" default:"150000" doc:"How much above a hold can be captured, in millionths of it."`
	PartialCapture bool          `aisle:"partial_capture" default:"true" doc:"Whether less than the hold can be captured."`
	PartialRefund  bool          `aisle:"partial_refund" default:"true" doc:"Whether less than a capture can be given back."`
	HoldLifetime   time.Duration `aisle:"hold_lifetime,min=1m" default:"168h" doc:"How long a hold lasts."`
	KeyWindow      time.Duration `aisle:"key_window" doc:"For how long a key stands for one movement; for ever where it is left out."`
	RefundWindow   time.Duration `aisle:"refund_window" default:"2160h" doc:"How long a capture can be given back."`
	SavesErrors    bool          `aisle:"saves_errors" doc:"Whether a failure is answered again under its key."`
	LookupByKey    bool          `aisle:"lookup_by_key" default:"true" doc:"Whether a movement is found by its key."`
}

// processorCan is what the world's processor does where nothing takes it away.
var processorCan = payment.Capabilities{
	KeyWindow: 24 * time.Hour, LookupByKey: true, LookupByReference: true, HoldLifetime: 7 * 24 * time.Hour,
	PartialCapture: true, OverCapture: 15 * measure.Percent, Increment: true, PartialRefund: true, RefundWindow: 90 * 24 * time.Hour,
}

func openProcessor(ctx context.Context, env sdk.Env, c processorConfig) (payment.Processor, error) {
	world := config{World: c.World}
	l, err := dial(ctx, env, "payment", world)
	if err != nil {
		return nil, err
	}
	p := &simProcessor{ctx: ctx, env: env, config: world, can: &wire.ProcessorCan{
		NoIncrease: !c.Increment, OverPPM: c.OverCapture, WholeCapture: !c.PartialCapture, WholeRefund: !c.PartialRefund,
		KeyUS: c.KeyWindow.Microseconds(), HoldUS: c.HoldLifetime.Microseconds(), RefundUS: c.RefundWindow.Microseconds(),
		SavesErrors: c.SavesErrors, Blind: !c.LookupByKey,
	}}
	p.line.Store(l)
	return p, nil
}

// Close ends the connection.
func (p *simProcessor) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line.Load().Close()
}

// Identity says which of the world's devices it is.
func (p *simProcessor) Identity() sdk.Identity { return p.line.Load().Identity() }

// Condition says whether the world is still there.
func (p *simProcessor) Condition() sdk.Condition { return p.line.Load().Condition() }

// ask sends a request, over a new connection where the old one is gone.
func (p *simProcessor) ask(ctx context.Context, method string, r wire.PaymentParams) (wire.PaymentResult, error) {
	l, err := p.connected()
	if err != nil {
		return wire.PaymentResult{}, err
	}
	r.Can = p.can
	var result wire.PaymentResult
	err = l.call(ctx, method, r, &result)
	return result, err
}

// connected gives the line, a new one where the old one ended.
func (p *simProcessor) connected() (*line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.line.Load()
	select {
	case <-l.gone:
	default:
		return l, nil
	}
	renewed, err := dial(p.ctx, p.env, "payment", p.config)
	if err != nil {
		return nil, err
	}
	p.line.Store(renewed)
	return renewed, l.Close()
}

func amount(r wire.PaymentResult) money.Amount {
	return money.Amount{Minor: r.Minor, Currency: money.Currency(r.Currency)}
}

// Authorize holds an amount.
func (p *simProcessor) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	a, err := p.ask(ctx, "authorize", wire.PaymentParams{
		Key: r.Key, Session: r.Session, Token: r.Token, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency),
	})
	if err != nil {
		return payment.Authorization{}, err
	}
	return payment.Authorization{
		Reference: a.Reference, Amount: amount(a), Expires: expires(a), Funding: fundings[a.Funding], Network: a.Network, Brand: a.Brand, Last4: a.Last4,
		Risk: payment.Risk{Level: risks[a.Risk]},
	}, nil
}

var risks = map[string]payment.RiskLevel{"low": payment.RiskLow, "elevated": payment.RiskElevated, "denied": payment.RiskDenied}

// Increase raises a hold to a new total.
func (p *simProcessor) Increase(ctx context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	a, err := p.ask(ctx, "increase", wire.PaymentParams{
		Key: r.Key, Session: r.Session, Reference: r.Reference, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency),
	})
	return payment.Authorization{Reference: a.Reference, Amount: amount(a), Expires: expires(a)}, err
}

var fundings = map[string]payment.Funding{
	"credit": payment.FundingCredit, "debit": payment.FundingDebit, "prepaid": payment.FundingPrepaid,
	"gift": payment.FundingGift, "ebt": payment.FundingEBT,
}

func expires(r wire.PaymentResult) time.Time {
	if r.ExpiresUS == 0 {
		return time.Time{}
	}
	return time.UnixMicro(r.ExpiresUS).UTC()
}

// Capture takes at most the held amount.
func (p *simProcessor) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	c, err := p.ask(ctx, "capture", wire.PaymentParams{
		Key: r.Key, Session: r.Session, Reference: r.Reference, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency),
	})
	return payment.Capture{Reference: c.Reference, Amount: amount(c)}, err
}

// Void releases a hold.
func (p *simProcessor) Void(ctx context.Context, r payment.VoidRequest) error {
	_, err := p.ask(ctx, "void", wire.PaymentParams{Key: r.Key, Session: r.Session, Reference: r.Reference})
	return err
}

// Refund gives back at most what was captured.
func (p *simProcessor) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	f, err := p.ask(ctx, "refund", wire.PaymentParams{
		Key: r.Key, Session: r.Session, Reference: r.Reference, Minor: r.Amount.Minor, Currency: string(r.Amount.Currency), Reason: r.Reason,
	})
	return payment.Refund{Reference: f.Reference, Amount: amount(f)}, err
}

var states = map[string]payment.State{
	"absent": payment.StateAbsent, "done": payment.StateDone, "declined": payment.StateDeclined, "pending": payment.StatePending,
}

// Lookup says what became of a movement.
func (p *simProcessor) Lookup(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	o, err := p.ask(ctx, "lookup", wire.PaymentParams{Key: r.Key, Operation: r.Operation.String(), Reference: r.Reference})
	return payment.Outcome{
		State: states[o.State], Reference: o.Reference, Amount: amount(o), Message: o.Message, Expires: expires(o),
	}, err
}
