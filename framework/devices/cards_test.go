package devices

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

// cards is a processor that takes a while to authorise where its token says so,
// and does nothing twice: what it did is in a folder.
type cards struct{ dir string }

type cardsConfig struct {
	Dir string `aisle:"dir"`
}

func openCards(_ context.Context, _ sdk.Env, c cardsConfig) (payment.Processor, error) {
	return cards{c.Dir}, nil
}

func (c cards) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	if err := os.WriteFile(filepath.Join(c.dir, r.Key), nil, 0o600); err != nil {
		return payment.Authorization{}, err
	}
	takes, err := time.ParseDuration(r.Token)
	if err != nil {
		return payment.Authorization{}, err
	}
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return payment.Authorization{}, fault.Wrap(fault.Unknown, "authorize", ctx.Err())
	}
	return payment.Authorization{Reference: "hold-" + r.Key, Amount: r.Amount}, nil
}

func (c cards) Capture(context.Context, payment.CaptureRequest) (payment.Capture, error) {
	return payment.Capture{}, fault.New(fault.Refused, "not here")
}

func (c cards) Void(context.Context, payment.VoidRequest) error { return nil }

func (c cards) Refund(context.Context, payment.RefundRequest) (payment.Refund, error) {
	return payment.Refund{}, fault.New(fault.Refused, "not here")
}

func (c cards) Lookup(_ context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	if _, err := os.Stat(filepath.Join(c.dir, r.Key)); err != nil {
		return payment.Outcome{State: payment.StateAbsent}, nil
	}
	return payment.Outcome{State: payment.StateDone, Reference: "hold-" + r.Key}, nil
}
