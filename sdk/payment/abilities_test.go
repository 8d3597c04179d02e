package payment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// teller is a processor that says what a test does, and raises holds.
type teller struct {
	*giftCards
	say  chan payment.Notice
	told chan error
	over chan struct{}
}

func (n teller) Notices(ctx context.Context, report func(context.Context, payment.Notice) error) error {
	for {
		select {
		case v := <-n.say:
			go func() { n.told <- report(ctx, v) }()
		case <-ctx.Done():
			n.over <- struct{}{}
			return ctx.Err()
		}
	}
}

func (n teller) Increase(_ context.Context, r payment.IncreaseRequest) (payment.Authorization, error) {
	if r.Amount.Minor > 50_00 {
		return payment.Authorization{}, fault.New(fault.Refused, "too much")
	}
	return payment.Authorization{Reference: r.Reference, Amount: r.Amount}, nil
}

func open(t *testing.T, p payment.Processor) (*host.Plugin, host.Opened) {
	t.Helper()
	h := classtest.InProcess(t, sdk.Plugin{Name: "acme/gifts", Version: "1.0.0", Drivers: []sdk.Driver{
		payment.Driver("gift_cards", giftCardsCan, func(context.Context, sdk.Env, Config) (payment.Processor, error) { return p, nil }),
	}})
	opened, err := h.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1, Driver: "gift_cards", Address: "payment.cards", Config: []byte(`{"currency":"EUR"}`)})
	if err != nil {
		t.Fatal(err)
	}
	return h, opened
}

func TestAbilitiesAreAnnounced(t *testing.T) {
	_, opened := open(t, newGiftCards())
	if len(opened.Abilities) != 0 {
		t.Errorf("%v", opened.Abilities)
	}
	h, opened := open(t, teller{giftCards: newGiftCards()})
	if len(opened.Abilities) != 2 || opened.Abilities[0] != payment.AbilityIncrease || opened.Abilities[1] != payment.AbilityNotify {
		t.Errorf("%v", opened.Abilities)
	}
	d, err := h.Describe(t.Context())
	if err != nil || d.Drivers[0].Processing == nil || d.Drivers[0].Processing.KeyWindow != giftCardsCan.KeyWindow || !d.Drivers[0].Processing.PartialRefund {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestIncrease(t *testing.T) {
	h, _ := open(t, newGiftCards())
	r := payment.IncreaseRequest{Key: "k", Session: "s", Reference: "hold", Amount: money.New(20_00, "EUR")}
	if _, err := h.Payment(1, 1).Increase(t.Context(), r); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("one that can't: %v", err)
	}
	h, _ = open(t, teller{giftCards: newGiftCards()})
	if a, err := h.Payment(1, 1).Increase(t.Context(), r); err != nil || a.Amount != r.Amount || a.Reference != "hold" {
		t.Errorf("%+v, %v", a, err)
	}
	for name, change := range map[string]func(*payment.IncreaseRequest){
		"no key": func(r *payment.IncreaseRequest) { r.Key = "" }, "no session": func(r *payment.IncreaseRequest) { r.Session = "" },
		"no reference": func(r *payment.IncreaseRequest) { r.Reference = "" }, "no amount": func(r *payment.IncreaseRequest) { r.Amount.Minor = 0 },
		"no currency": func(r *payment.IncreaseRequest) { r.Amount.Currency = "" },
	} {
		bad := r
		change(&bad)
		if _, err := h.Payment(1, 1).Increase(t.Context(), bad); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.Amount = money.New(60_00, "EUR")
	if _, err := h.Payment(1, 1).Increase(t.Context(), r); fault.CodeOf(err) != fault.Refused {
		t.Errorf("refused: %v", err)
	}
}

// Report returns once the host has the notice, with an error where it hasn't,
// and the notice can be said again.
func TestNoticesReachTheHost(t *testing.T) {
	n := teller{newGiftCards(), make(chan payment.Notice), make(chan error, 10), make(chan struct{}, 10)}
	h, _ := open(t, n)
	notice := payment.Notice{ID: "evt_1", Kind: payment.NoticeChargeback, Reference: "pi_1", Key: "k", Amount: money.New(5, "EUR"),
		Message: "fraudulent", At: time.UnixMicro(1_800_000_000_000_001).UTC()}
	got := make(chan payment.Notice, 10)
	deaf := errors.New("no journal")
	answers := make(chan error, 10)
	listen := func(ctx context.Context) chan error {
		ended := make(chan error, 1)
		go func() {
			ended <- h.Notices(ctx, 1, 1, func(_ context.Context, n payment.Notice) error {
				got <- n
				return <-answers
			})
		}()
		return ended
	}
	ended := listen(t.Context())
	n.say <- notice
	if v := <-got; v != notice {
		t.Errorf("got %+v\nsaid %+v", v, notice)
	}
	select {
	case err := <-n.told:
		t.Fatalf("told before it was journalled: %v", err)
	default:
	}
	answers <- nil
	if err := <-n.told; err != nil {
		t.Error(err)
	}
	// What a vendor says wrongly comes back to it, and the stream goes on.
	for _, bad := range []payment.Notice{{}, {ID: "x", Kind: payment.NoticeVoided}, {ID: "x", Kind: 99, Reference: "r"}} {
		n.say <- bad
		if err := <-n.told; fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	n.say <- notice
	<-got
	answers <- deaf
	if err := <-ended; !errors.Is(err, deaf) {
		t.Errorf("ended by %v", err)
	}
	if err := <-n.told; err == nil {
		t.Error("the processor was told that a lost notice arrived")
	}
	<-n.over // what is said to nobody is lost
	ctx, cancel := context.WithCancel(t.Context())
	ended = listen(ctx)
	n.say <- notice // the same once more
	<-got
	answers <- nil
	if err := <-n.told; err != nil {
		t.Error(err)
	}
	if err := h.Close(t.Context(), 1, 1); err != nil { // a device that closes ends its notices
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("no error")
	}
	cancel()
	if err := <-listen(t.Context()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("of a device that is closed: %v", err)
	}
}
