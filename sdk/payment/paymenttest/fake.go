package paymenttest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// The tokens that the fake declines or doesn't know. Any other works.
const (
	TokenDeclined = "tok_declined"
	TokenUnknown  = "tok_unknown"
)

// A Movement is something that really happened at the fake.
type Movement struct {
	Key       string
	Operation payment.Operation
	Reference string
	Amount    money.Amount
}

// Loss is what happens to one call.
type Loss uint8

// The losses.
const (
	// LossNone: it works.
	LossNone Loss = iota
	// LossAnswer: it happens, and the answer is lost.
	LossAnswer
	// LossRequest: nothing happens, and nobody knows.
	LossRequest
	// LossUnavailable: nothing happens, and the caller is told so.
	LossUnavailable
	// LossHang: it happens, and no answer comes until the caller gives up.
	LossHang
)

// Fake is a processor without a bank. Its accounts outlive an opening. Use
// NewFake.
type Fake struct {
	// Now is the processor's clock.
	Now func() time.Time
	// Can is what it declares, and does.
	Can payment.Capabilities

	mu     sync.Mutex
	keys   map[string]*record
	holds  map[string]*hold
	takes  map[string]*take // captures by reference
	ledger []Movement
	next   int
	losses map[payment.Operation][]Loss
	broken broken
}

// record is what a key stands for, for ever.
type record struct {
	request   any
	operation payment.Operation
	reference string
	amount    money.Amount
	expires   time.Time
	declined  error
	again     bool // it had happened before, under another key
}

type hold struct {
	amount   money.Amount
	taken    bool
	released bool
}

type take struct{ left money.Amount }

// broken are breaches of the contract. They test the suite.
type broken struct {
	freshEveryTime, ignoresRequest, overCaptures, overRefunds, capturesTwice, voidOnce, voidsTaken, capturesVoid,
	holdsLess, declinesUnknown, forgetsKeys, needsReference, inventsKeys, lookupForgetsDeclined, minorMistake,
	noReference, forgetsGone bool
}

// NewFake makes a processor without accounts, on the wall clock.
func NewFake() *Fake {
	return &Fake{Now: time.Now, Can: FakeCan, keys: map[string]*record{}, holds: map[string]*hold{}, takes: map[string]*take{},
		losses: map[payment.Operation][]Loss{}}
}

// Config is the fake driver's configuration.
type Config struct {
	Account string `aisle:"account,required" doc:"The store's account at the processor."`
	Key     string `aisle:"key,sensitive" doc:"The API key."`
}

// FakeCan is what a new fake declares.
var FakeCan = payment.Capabilities{
	KeyWindow: 24 * time.Hour, LookupByKey: true, HoldLifetime: 7 * 24 * time.Hour,
	PartialCapture: true, PartialRefund: true, RefundWindow: 90 * 24 * time.Hour,
}

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"account":"acct_1","key":"sk_test"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/bank", Version: "0.1.0", Drivers: []sdk.Driver{payment.Driver("fake", f.Can, f.open)}}
}

func (f *Fake) open(context.Context, sdk.Env, Config) (payment.Processor, error) { return f, nil }

// Lose says what happens to the next calls of an operation.
func (f *Fake) Lose(o payment.Operation, losses ...Loss) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.losses[o] = append(f.losses[o], losses...)
}

// Ledger gives all that really happened, oldest first.
func (f *Fake) Ledger() []Movement {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Movement(nil), f.ledger...)
}

// Authorize implements payment.Processor.
func (f *Fake) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	const holdDays = 7
	rec, err := f.move(ctx, payment.OperationAuthorize, r.Key, r, func() (*record, error) {
		switch r.Token {
		case TokenDeclined:
			code := fault.Refused
			if f.broken.declinesUnknown {
				code = fault.Unknown
			}
			return nil, fault.New(code, "insufficient funds")
		case TokenUnknown:
			return nil, fault.New(fault.Invalid, "no such token")
		}
		amount := r.Amount
		if f.broken.holdsLess {
			amount.Minor--
		}
		if f.broken.minorMistake && amount.Currency.Exponent() != 2 {
			amount.Minor *= 10
		}
		rec := &record{amount: amount, expires: f.Now().Add(holdDays * 24 * time.Hour)}
		rec.reference = f.reference("hold")
		f.holds[rec.reference] = &hold{amount: amount}
		return rec, nil
	})
	if err != nil {
		return payment.Authorization{}, err
	}
	return payment.Authorization{Reference: rec.reference, Amount: rec.amount, Expires: rec.expires,
		Funding: payment.FundingDebit, Brand: "fake", Last4: "4242"}, nil
}

// Capture implements payment.Processor.
func (f *Fake) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	rec, err := f.move(ctx, payment.OperationCapture, r.Key, r, func() (*record, error) {
		h := f.holds[r.Reference]
		switch {
		case h == nil:
			return nil, fault.New(fault.Invalid, "no such hold")
		case h.released && !f.broken.capturesVoid:
			return nil, fault.New(fault.Refused, "the hold was released")
		case h.taken && !f.broken.capturesTwice:
			return nil, fault.New(fault.Refused, "the hold was captured")
		case r.Amount.Currency != h.amount.Currency:
			return nil, fault.New(fault.Invalid, "the hold is in another currency")
		case r.Amount.Minor > h.amount.Minor && !f.broken.overCaptures:
			return nil, fault.New(fault.Refused, "more than was held")
		}
		h.taken = true
		rec := &record{amount: r.Amount, reference: f.reference("capture")}
		f.takes[rec.reference] = &take{left: r.Amount}
		return rec, nil
	})
	if err != nil {
		return payment.Capture{}, err
	}
	return payment.Capture{Reference: rec.reference, Amount: rec.amount}, nil
}

// Void implements payment.Processor.
func (f *Fake) Void(ctx context.Context, r payment.VoidRequest) error {
	_, err := f.move(ctx, payment.OperationVoid, r.Key, r, func() (*record, error) {
		h := f.holds[r.Reference]
		switch {
		case h == nil:
			return nil, fault.New(fault.Invalid, "no such hold")
		case h.taken && !f.broken.voidsTaken:
			return nil, fault.New(fault.Refused, "the hold was captured")
		case h.released && f.broken.voidOnce:
			return nil, fault.New(fault.Refused, "the hold was released")
		}
		again := h.released
		h.released = true
		return &record{amount: h.amount, reference: r.Reference, again: again}, nil
	})
	return err
}

// Refund implements payment.Processor.
func (f *Fake) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	rec, err := f.move(ctx, payment.OperationRefund, r.Key, r, func() (*record, error) {
		c := f.takes[r.Reference]
		if c == nil {
			return nil, fault.New(fault.Invalid, "no such capture")
		}
		left, err := c.left.Sub(r.Amount)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "refund", err)
		}
		if left.Sign() < 0 && !f.broken.overRefunds {
			return nil, fault.New(fault.Refused, "more than was captured and not refunded")
		}
		c.left = left
		return &record{amount: r.Amount, reference: f.reference("refund")}, nil
	})
	if err != nil {
		return payment.Refund{}, err
	}
	return payment.Refund{Reference: rec.reference, Amount: rec.amount}, nil
}

// Lookup implements payment.Processor.
func (f *Fake) Lookup(_ context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rec := f.keys[r.Key]
	switch {
	case f.broken.inventsKeys && rec == nil:
		return payment.Outcome{State: payment.StateDone, Reference: "hold-0", Amount: money.New(1, "EUR")}, nil
	case f.broken.needsReference && r.Reference == "", f.broken.forgetsKeys, rec == nil, rec.operation != r.Operation,
		f.broken.forgetsGone && f.gone(rec):
		return payment.Outcome{State: payment.StateAbsent}, nil
	case rec.declined != nil:
		if f.broken.lookupForgetsDeclined {
			return payment.Outcome{State: payment.StateAbsent}, nil
		}
		return payment.Outcome{State: payment.StateDeclined, Message: rec.declined.Error()}, nil
	}
	return payment.Outcome{State: payment.StateDone, Reference: rec.reference, Amount: rec.amount, Expires: rec.expires}, nil
}

// gone says whether a record is of a hold that stands no more.
func (f *Fake) gone(rec *record) bool {
	h := f.holds[rec.reference]
	return rec.operation == payment.OperationAuthorize && h != nil && (h.released || h.taken)
}

// move carries out one movement under its key, once.
func (f *Fake) move(ctx context.Context, o payment.Operation, key string, request any, do func() (*record, error)) (*record, error) {
	f.mu.Lock()
	loss := LossNone
	if l := f.losses[o]; len(l) > 0 {
		loss, f.losses[o] = l[0], l[1:]
	}
	rec, err := f.settle(loss, o, key, request, do)
	f.mu.Unlock()
	switch loss {
	case LossNone:
		return rec, err
	case LossUnavailable:
		return nil, fault.New(fault.Unavailable, "the line is busy")
	case LossHang:
		<-ctx.Done()
	case LossAnswer, LossRequest:
	}
	return nil, fault.New(fault.Unknown, "no answer")
}

// settle answers from the record of the key, or makes one.
func (f *Fake) settle(loss Loss, o payment.Operation, key string, request any, do func() (*record, error)) (*record, error) {
	if loss == LossRequest || loss == LossUnavailable {
		return nil, nil //nolint:nilnil // the caller is told something else
	}
	if rec := f.keys[key]; rec != nil && !f.broken.freshEveryTime {
		if rec.request != request && !f.broken.ignoresRequest {
			return nil, fault.New(fault.Invalid, "the key stands for another request")
		}
		return rec, rec.declined
	}
	rec, err := do()
	if code := fault.CodeOf(err); code == fault.Refused {
		rec = &record{declined: err}
	} else if code != fault.None {
		return nil, err // nothing is recorded: the caller's mistake
	} else if !rec.again {
		f.ledger = append(f.ledger, Movement{key, o, rec.reference, rec.amount})
	}
	rec.request, rec.operation = request, o
	f.keys[key] = rec
	return rec, err
}

func (f *Fake) reference(kind string) string {
	f.next++
	if f.broken.noReference {
		return ""
	}
	return fmt.Sprintf("%s-%d", kind, f.next)
}
