package payment_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/payment/paymenttest"
)

// Config is what an integrator writes in the processor's config block.
type Config struct {
	Currency string `aisle:"currency,required" doc:"Currency of the cards."`
}

// giftCards is a processor that keeps the balances of gift cards itself. Every
// movement is kept under its key, for that is what makes a key one movement.
type giftCards struct {
	mu       sync.Mutex
	balances map[string]int64    // by token, in minor units
	moves    map[string]*move    // by key
	accounts map[string]*account // by reference of the hold or capture
}

// move is what became of one key.
type move struct {
	request any
	op      payment.Operation
	outcome payment.Outcome
	err     error
}

// account is a hold, and then what was captured of it.
type account struct {
	token string
	left  money.Amount
	open  bool // a hold that can be captured
	void  bool
	taken bool // a capture, and no hold
}

// do runs f once for a key, and gives its outcome ever after.
func (g *giftCards) do(op payment.Operation, key string, request any, f func() (payment.Outcome, error)) (payment.Outcome, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m, ok := g.moves[key]; ok {
		if m.request != request {
			return payment.Outcome{}, fault.New(fault.Invalid, "the key stands for another request")
		}
		return m.outcome, m.err
	}
	out, err := f()
	out.State = payment.StateDone
	if err != nil {
		out = payment.Outcome{State: payment.StateDeclined, Message: err.Error()}
	}
	if code := fault.CodeOf(err); code == fault.None || code == fault.Refused {
		g.moves[key] = &move{request, op, out, err}
	}
	return out, err
}

func (g *giftCards) Authorize(_ context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	out, err := g.do(payment.OperationAuthorize, r.Key, r, func() (payment.Outcome, error) {
		if g.balances[r.Token] < r.Amount.Minor {
			return payment.Outcome{}, fault.New(fault.Refused, "the card's balance is too small")
		}
		g.balances[r.Token] -= r.Amount.Minor
		g.accounts["hold:"+r.Key] = &account{token: r.Token, left: r.Amount, open: true}
		return payment.Outcome{Reference: "hold:" + r.Key, Amount: r.Amount}, nil
	})
	return payment.Authorization{Reference: out.Reference, Amount: out.Amount, Funding: payment.FundingPrepaid}, err
}

func (g *giftCards) Capture(_ context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	out, err := g.do(payment.OperationCapture, r.Key, r, func() (payment.Outcome, error) {
		hold := g.accounts[r.Reference]
		if hold == nil || !hold.open || r.Amount.Minor > hold.left.Minor || r.Amount.Currency != hold.left.Currency {
			return payment.Outcome{}, fault.New(fault.Refused, "no open hold covers that")
		}
		hold.open = false
		g.balances[hold.token] += hold.left.Minor - r.Amount.Minor
		g.accounts["capture:"+r.Key] = &account{token: hold.token, left: r.Amount, taken: true}
		return payment.Outcome{Reference: "capture:" + r.Key, Amount: r.Amount}, nil
	})
	return payment.Capture{Reference: out.Reference, Amount: out.Amount}, err
}

func (g *giftCards) Void(_ context.Context, r payment.VoidRequest) error {
	_, err := g.do(payment.OperationVoid, r.Key, r, func() (payment.Outcome, error) {
		hold := g.accounts[r.Reference]
		if hold == nil || !hold.open && !hold.void {
			return payment.Outcome{}, fault.New(fault.Refused, "there is no hold to release")
		}
		if hold.open {
			hold.open, hold.void = false, true
			g.balances[hold.token] += hold.left.Minor
		}
		return payment.Outcome{Reference: r.Reference, Amount: hold.left}, nil
	})
	return err
}

func (g *giftCards) Refund(_ context.Context, r payment.RefundRequest) (payment.Refund, error) {
	out, err := g.do(payment.OperationRefund, r.Key, r, func() (payment.Outcome, error) {
		taken := g.accounts[r.Reference]
		if taken == nil || !taken.taken || r.Amount.Minor > taken.left.Minor || r.Amount.Currency != taken.left.Currency {
			return payment.Outcome{}, fault.New(fault.Refused, "no capture covers that")
		}
		taken.left.Minor -= r.Amount.Minor
		g.balances[taken.token] += r.Amount.Minor
		return payment.Outcome{Reference: "refund:" + r.Key, Amount: r.Amount}, nil
	})
	return payment.Refund{Reference: out.Reference, Amount: out.Amount}, err
}

func (g *giftCards) Lookup(_ context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m, ok := g.moves[r.Key]; ok && m.op == r.Operation {
		return m.outcome, nil
	}
	return payment.Outcome{State: payment.StateAbsent}, nil
}

// giftCardsCan is what the host may ask of them, and what it may not.
var giftCardsCan = payment.Capabilities{
	KeyWindow:   10 * 365 * 24 * time.Hour, // for ever
	LookupByKey: true, HoldLifetime: 365 * 24 * time.Hour,
	PartialCapture: true, PartialRefund: true, RefundWindow: 10 * 365 * 24 * time.Hour,
}

func newGiftCards() *giftCards {
	return &giftCards{balances: map[string]int64{"card_a": 1_000_00, "card_empty": 0}, moves: map[string]*move{},
		accounts: map[string]*account{}}
}

func Example() {
	cards := newGiftCards()
	driver := payment.Driver("gift_cards", giftCardsCan, func(context.Context, sdk.Env, Config) (payment.Processor, error) { return cards, nil })
	// In a plugin's main:
	//	sdk.Serve(sdk.Plugin{Name: "acme/gifts", Version: "1.0.0", Drivers: []sdk.Driver{driver}})
	fmt.Println(driver.Class, driver.Name, driver.Check())

	ctx := context.Background()
	request := payment.AuthorizeRequest{Key: "k1", Session: "visit", Token: "card_a", Amount: money.New(15_00, "EUR")}
	for range 2 { // the same key is the same hold
		a, err := cards.Authorize(ctx, request)
		fmt.Println(a.Reference, a.Amount, err)
	}
	request.Amount = money.New(16_00, "EUR")
	_, err := cards.Authorize(ctx, request)
	fmt.Println(fault.CodeOf(err))
	// Output:
	// payment gift_cards <nil>
	// hold:k1 15.00 EUR <nil>
	// hold:k1 15.00 EUR <nil>
	// invalid
}

// TestExampleConforms is all that a vendor's test is.
func TestExampleConforms(t *testing.T) {
	paymenttest.Run(t, paymenttest.Harness{
		Subject: classtest.Subject{Driver: "gift_cards", Config: `{"currency":"EUR"}`, Start: func(t testing.TB) *host.Plugin {
			cards := newGiftCards()
			return classtest.InProcess(t, sdk.Plugin{Name: "acme/gifts", Version: "1.0.0", Drivers: []sdk.Driver{
				payment.Driver("gift_cards", giftCardsCan, func(context.Context, sdk.Env, Config) (payment.Processor, error) { return cards, nil }),
			}})
		}},
		Token: "card_a", Declined: "card_empty", Hold: money.New(15_00, "EUR"),
	})
}
