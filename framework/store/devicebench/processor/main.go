// Command processor is the payment plugin of `aisle bench devices`: a processor
// that takes 150 ms for each answer and declines nobody. It moves no money.
package main

import (
	"context"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

type config struct {
	Delay time.Duration `aisle:"delay,min=0s,max=1m" default:"150ms" doc:"How long each answer takes."`
}

func main() {
	sdk.Serve(sdk.Plugin{Name: "aisle/bench-processor", Version: "0.0.0", Drivers: []sdk.Driver{
		payment.Driver("processor", payment.Capabilities{KeyWindow: 24 * time.Hour, LookupByKey: true, PartialCapture: true, HoldLifetime: 7 * 24 * time.Hour},
			func(_ context.Context, _ sdk.Env, c config) (payment.Processor, error) { return slow{c.Delay}, nil }),
	}})
}

type slow struct{ delay time.Duration }

func (s slow) wait(ctx context.Context) error {
	t := time.NewTimer(s.delay)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slow) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	return payment.Authorization{Reference: "a-" + r.Key, Amount: r.Amount, Brand: "visa", Last4: "4242"}, s.wait(ctx)
}

func (s slow) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	return payment.Capture{Reference: "c-" + r.Key, Amount: r.Amount}, s.wait(ctx)
}

func (s slow) Void(ctx context.Context, _ payment.VoidRequest) error { return s.wait(ctx) }

func (s slow) Refund(context.Context, payment.RefundRequest) (payment.Refund, error) {
	return payment.Refund{}, fault.New(fault.Refused, "the benchmark's processor gives nothing back")
}

func (s slow) Lookup(context.Context, payment.LookupRequest) (payment.Outcome, error) {
	return payment.Outcome{}, fault.New(fault.Unknown, "the benchmark's processor keeps no books")
}
