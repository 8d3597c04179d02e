package paymenttest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// The tokens that the fake declines or doesn't know, and those that stand for
// something special. Any other is a debit card of low risk.
const (
	TokenDeclined = "tok_declined"
	TokenUnknown  = "tok_unknown"
	TokenExpired  = "tok_expired"
	TokenFraud    = "tok_fraud"
	TokenElevated = "tok_elevated"
	TokenCredit   = "tok_credit"
	TokenPrepaid  = "tok_prepaid"
	TokenGift     = "tok_gift"
	TokenEBT      = "tok_ebt"
)

// FakeTokens are the fake's tokens by what they stand for.
var FakeTokens = map[Trait]string{
	TraitUnknown: TokenUnknown, TraitExpired: TokenExpired, TraitFraud: TokenFraud, TraitLowRisk: "tok_1", TraitElevatedRisk: TokenElevated,
	TraitCredit: TokenCredit, TraitDebit: "tok_1", TraitPrepaid: TokenPrepaid, TraitGift: TokenGift, TraitEBT: TokenEBT,
}

// A Movement is something that really happened at the fake.
type Movement struct {
	Key       string
	Operation payment.Operation
	Reference string
	Amount    money.Amount
}

// Fake is a processor without a bank. Its accounts outlive an opening. Use
// NewFake.
type Fake struct {
	// Now is the processor's clock.
	Now func() time.Time
	// Can is what it declares, and does.
	Can payment.Capabilities

	mu      sync.Mutex
	passed  time.Duration
	keys    map[string]*record
	holds   map[string]*hold
	takes   map[string]*take  // captures by reference
	failed  map[string]string // why a capture or refund failed later, by reference
	ledger  []Movement
	next    int
	losses  map[payment.Operation][]Loss
	notices []payment.Notice // not taken yet
	said    map[string]payment.Notice
	news    chan struct{}
	broken  broken
}

// record is what a key stands for, for ever.
type record struct {
	request   any
	operation payment.Operation
	reference string
	amount    money.Amount
	expires   time.Time
	token     string
	declined  error
	again     bool // it had happened before, under another key
}

type hold struct {
	key      string
	amount   money.Amount
	expires  time.Time
	taken    bool
	released bool
	fixed    bool // it is not raised any more
}

type take struct {
	key     string
	left    money.Amount
	at      time.Time
	charged bool // back
}

// broken are breaches of the contract. They test the suite.
type broken struct {
	freshEveryTime, ignoresRequest, overCaptures, overRefunds, capturesTwice, voidOnce, voidsTaken, capturesVoid,
	holdsLess, declinesUnknown, forgetsKeys, needsReference, inventsKeys, lookupForgetsDeclined, minorMistake,
	noReference, forgetsGone,
	limitUnknown, limitActs, errorDeclines, errorActs, believes, inventsRisk, wrongFunding, tellsNumber, shortHolds,
	freshNotices, forgetsNotices, silent, failsAbsent, failedDone, ignoresCurrency, takesExpired, takesUnknown, missesFraud,
	raisesDeclined, raisesLower, raisesTaken, raisesVoid, raisesLapsed, raisesNothing, capturesLapsed, refundsCharged, voidsAnything,
	noIncrease bool
}

// NewFake makes a processor without accounts, on the wall clock.
func NewFake() *Fake {
	return &Fake{Now: time.Now, Can: FakeCan, keys: map[string]*record{}, holds: map[string]*hold{}, takes: map[string]*take{},
		failed: map[string]string{}, losses: map[payment.Operation][]Loss{}, said: map[string]payment.Notice{}, news: make(chan struct{}, 1)}
}

// Config is the fake driver's configuration.
type Config struct {
	Account string `aisle:"account,required" doc:"The store's account at the processor."`
	Key     string `aisle:"key,sensitive" doc:"The API key."`
}

// FakeCan is what a new fake declares.
var FakeCan = payment.Capabilities{
	KeyWindow: 24 * time.Hour, LookupByKey: true, HoldLifetime: holdLife, PartialCapture: true, OverCapture: 10 * measure.Percent,
	Increment: true, PartialRefund: true, RefundWindow: 90 * 24 * time.Hour,
}

const holdLife = 7 * 24 * time.Hour

// FakeConfig is a config block that opens the fake.
const FakeConfig = `{"account":"acct_1","key":"sk_test"}`

// Plugin is a plugin with the fake as its only driver, "fake".
func (f *Fake) Plugin() sdk.Plugin {
	return sdk.Plugin{Name: "fake/bank", Version: "0.1.0", Drivers: []sdk.Driver{payment.Driver("fake", f.Can, f.open)}}
}

func (f *Fake) open(context.Context, sdk.Env, Config) (payment.Processor, error) {
	if f.broken.noIncrease {
		return struct{ payment.Processor }{f}, nil
	}
	return f, nil
}

// Ledger gives all that really happened, oldest first.
func (f *Fake) Ledger() []Movement {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Movement(nil), f.ledger...)
}

// Authorize implements payment.Processor.
func (f *Fake) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	rec, loss, err := f.move(ctx, payment.OperationAuthorize, r.Key, r, func() (*record, error) {
		if err := f.declines(r.Token); err != nil {
			return nil, err
		}
		amount := r.Amount
		if f.broken.holdsLess {
			amount.Minor--
		}
		if f.broken.minorMistake && amount.Currency.Exponent() != 2 {
			amount.Minor *= 10
		}
		rec := &record{amount: amount, expires: f.now().Add(holdLife), token: r.Token, reference: f.reference("hold")}
		if f.broken.shortHolds {
			rec.expires = f.now().Add(24 * time.Hour)
		}
		f.holds[rec.reference] = &hold{key: r.Key, amount: amount, expires: rec.expires}
		return rec, nil
	})
	if err != nil {
		return payment.Authorization{}, err
	}
	a := payment.Authorization{Reference: rec.reference, Amount: rec.amount, Expires: rec.expires,
		Funding: f.funding(r.Token), Network: "fake", Brand: "fake", Last4: "4242", Risk: f.risk(r.Token, loss)}
	if f.broken.tellsNumber {
		a.Brand = "fake 4242424242424242"
	}
	return a, nil
}

func (f *Fake) declines(token string) error {
	switch {
	case token == TokenDeclined:
		code := fault.Refused
		if f.broken.declinesUnknown {
			code = fault.Unknown
		}
		return fault.New(code, "insufficient funds")
	case token == TokenExpired && !f.broken.takesExpired:
		return fault.New(fault.Refused, "the card's time is over")
	case token == TokenFraud && !f.broken.missesFraud:
		return fault.New(fault.Refused, "suspected fraud")
	case token == TokenUnknown && !f.broken.takesUnknown:
		return fault.New(fault.Invalid, "no such token")
	}
	return nil
}

func (f *Fake) funding(token string) payment.Funding {
	switch token {
	case TokenCredit:
		return payment.FundingCredit
	case TokenPrepaid:
		return payment.FundingPrepaid
	case TokenGift, TokenEBT:
		if f.broken.wrongFunding {
			return payment.FundingPrepaid
		}
		if token == TokenGift {
			return payment.FundingGift
		}
		return payment.FundingEBT
	}
	return payment.FundingDebit
}

func (f *Fake) risk(token string, loss Loss) payment.Risk {
	switch {
	case loss == LossFraud && !f.broken.inventsRisk:
		return payment.Risk{}
	case token == TokenElevated && !f.broken.inventsRisk:
		return payment.Risk{Level: payment.RiskElevated, Message: "a new card"}
	}
	return payment.Risk{Level: payment.RiskLow}
}

// Increase implements payment.Increaser.
func (f *Fake) Increase(ctx context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	rec, _, err := f.move(ctx, payment.OperationIncrease, r.Key, r, func() (*record, error) {
		h := f.holds[r.Reference]
		switch {
		case h == nil:
			return nil, fault.New(fault.Invalid, "no such hold")
		case r.Amount.Currency != h.amount.Currency && !f.broken.ignoresCurrency:
			return nil, fault.New(fault.Invalid, "the hold is in another currency")
		case r.Amount.Minor <= h.amount.Minor && !f.broken.raisesLower:
			return nil, fault.New(fault.Invalid, "no more than is held")
		case h.taken && !f.broken.raisesTaken, h.released && !f.broken.raisesVoid:
			return nil, fault.New(fault.Refused, "the hold is gone")
		case f.lapsed(h) && !f.broken.raisesLapsed:
			return nil, fault.New(fault.Refused, "the hold has lapsed")
		case h.fixed && !f.broken.raisesDeclined:
			return nil, fault.New(fault.Refused, "the issuer does not hold more")
		}
		if !f.broken.raisesNothing {
			h.amount = r.Amount
		}
		return &record{amount: r.Amount, reference: r.Reference, expires: h.expires}, nil
	})
	if err != nil {
		return payment.Authorization{}, err
	}
	return payment.Authorization{Reference: rec.reference, Amount: rec.amount, Expires: rec.expires}, nil
}

// Capture implements payment.Processor.
func (f *Fake) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	rec, _, err := f.move(ctx, payment.OperationCapture, r.Key, r, func() (*record, error) {
		h := f.holds[r.Reference]
		switch {
		case h == nil:
			return nil, fault.New(fault.Invalid, "no such hold")
		case h.released && !f.broken.capturesVoid:
			return nil, fault.New(fault.Refused, "the hold was released")
		case h.taken && !f.broken.capturesTwice:
			return nil, fault.New(fault.Refused, "the hold was captured")
		case f.lapsed(h) && !f.broken.capturesLapsed:
			return nil, fault.New(fault.Refused, "the hold has lapsed")
		case r.Amount.Currency != h.amount.Currency && !f.broken.ignoresCurrency:
			return nil, fault.New(fault.Invalid, "the hold is in another currency")
		case r.Amount.Minor > h.amount.Minor+h.amount.Minor*int64(f.Can.OverCapture)/int64(measure.Certain) && !f.broken.overCaptures:
			return nil, fault.New(fault.Refused, "more than was held")
		}
		h.taken = true
		rec := &record{amount: r.Amount, reference: f.reference("capture")}
		f.takes[rec.reference] = &take{key: r.Key, left: r.Amount, at: f.now()}
		return rec, nil
	})
	if err != nil {
		return payment.Capture{}, err
	}
	return payment.Capture{Reference: rec.reference, Amount: rec.amount}, nil
}

// Void implements payment.Processor.
func (f *Fake) Void(ctx context.Context, r payment.VoidRequest) error {
	_, _, err := f.move(ctx, payment.OperationVoid, r.Key, r, func() (*record, error) {
		h := f.holds[r.Reference]
		switch {
		case h == nil && f.broken.voidsAnything:
			return &record{reference: r.Reference}, nil
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
	rec, _, err := f.move(ctx, payment.OperationRefund, r.Key, r, func() (*record, error) {
		c := f.takes[r.Reference]
		if c == nil {
			return nil, fault.New(fault.Invalid, "no such capture")
		}
		if c.charged && !f.broken.refundsCharged {
			return nil, fault.New(fault.Refused, "the capture was charged back")
		}
		if f.now().Sub(c.at) > f.Can.RefundWindow {
			return nil, fault.New(fault.Refused, "the capture is too old")
		}
		if r.Amount.Currency != c.left.Currency && f.broken.ignoresCurrency {
			r.Amount.Currency = c.left.Currency
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
	if loss := f.lossFor(payment.OperationUnknown); loss != LossNone {
		if f.broken.failsAbsent {
			return payment.Outcome{State: payment.StateAbsent}, nil
		}
		return payment.Outcome{}, fault.New(fault.Unavailable, "the line is busy")
	}
	rec := f.keys[r.Key]
	switch {
	case f.broken.inventsKeys && rec == nil:
		return payment.Outcome{State: payment.StateDone, Reference: "hold-0", Amount: money.New(1, "EUR")}, nil
	case f.broken.needsReference && r.Reference == "", f.broken.forgetsKeys, rec == nil, rec.operation != r.Operation,
		f.broken.forgetsGone && f.gone(rec):
		return payment.Outcome{State: payment.StateAbsent}, nil
	case rec.declined != nil && fault.CodeOf(rec.declined) != fault.Refused: // a failure that is kept: nothing happened
		return payment.Outcome{State: payment.StateAbsent}, nil
	case rec.declined != nil:
		if f.broken.lookupForgetsDeclined {
			return payment.Outcome{State: payment.StateAbsent}, nil
		}
		return payment.Outcome{State: payment.StateDeclined, Message: rec.declined.Error()}, nil
	case f.failed[rec.reference] != "" && !f.broken.failedDone:
		return payment.Outcome{State: payment.StateDeclined, Message: f.failed[rec.reference]}, nil
	}
	return payment.Outcome{State: payment.StateDone, Reference: rec.reference, Amount: rec.amount, Expires: rec.expires}, nil
}

// gone says whether a record is of a hold that stands no more.
func (f *Fake) gone(rec *record) bool {
	h := f.holds[rec.reference]
	return rec.operation == payment.OperationAuthorize && h != nil && (h.released || h.taken)
}

// now is the processor's time.
func (f *Fake) now() time.Time { return f.Now().Add(f.passed) }

func (f *Fake) lapsed(h *hold) bool { return !f.now().Before(h.expires) }

func (f *Fake) reference(kind string) string {
	f.next++
	if f.broken.noReference {
		return ""
	}
	return fmt.Sprintf("%s-%d", kind, f.next)
}
