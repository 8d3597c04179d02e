package engine

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Holds and prices of open visits are in the old currency: nothing adds up in
// another.
func TestCurrencyStaysWhileVisitsAreOpen(t *testing.T) {
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning)).start()
	dollars := testStore()
	dollars.Currency, dollars.Settlement.Hold = "USD", money.New(3000, "USD")
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.put(tap(1, "tok", morning))
	r.settle()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if err := newRig(t, j, clock.NewManual(morning)).engine.Recover(dollars, "two"); err == nil || !strings.Contains(err.Error(), "1 open visits are not settled yet in EUR") {
		t.Errorf("with an open visit: %v", err)
	}
	if err := newRig(t, journal.Memory(), clock.NewManual(morning)).engine.Recover(dollars, "two"); err != nil {
		t.Errorf("with none: %v", err)
	}
}

// A store that was down for long has more instants to catch up with than one
// instant may have wakes.
func TestCatchingUp(t *testing.T) {
	const few = 50
	j := journal.Memory()
	r := newRig(t, j, clock.NewManual(morning))
	if err := r.engine.Recover(testStore(), "digest"); err != nil {
		t.Fatal(err)
	}
	g := &group{engine: r.engine}
	for n := range few + 1 {
		at := morning.Add(time.Duration(n) * time.Microsecond)
		if err := g.apply(at, event.Time{}, []event.Fact{event.ExitSeen{Gate: "gate.north", Span: observe.At(at), By: event.Ref{Device: "gate.north", Serial: observe.Serial{Epoch: 1, Seq: uint64(n + 1)}}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.flush(); err != nil {
		t.Fatal(err)
	}
	late := newRig(t, j, clock.NewManual(morning.Add(time.Hour)))
	late.engine.most = few
	if err := late.engine.Recover(testStore(), "another"); err != nil {
		t.Fatal(err)
	}
	if left := len(late.engine.state.Entry.Exits); left != 0 {
		t.Errorf("%d exits wait", left)
	}
}

// TestPricesAreHeld: a definition with a price that is probably a slip of the
// keyboard does not come into force until somebody says that it is right.
func TestPricesAreHeld(t *testing.T) {
	at := func(minor int64) storedef.Store {
		s := testStore()
		s.Products = []storedef.Product{{Name: "cola", GTIN: "09521234000112", Title: "Cola", Price: money.New(minor, "EUR"), Tax: "standard"}}
		return s
	}
	j := journal.Memory()
	if err := newRig(t, j, clock.NewManual(morning)).engine.Recover(at(180), "one"); err != nil {
		t.Fatal(err)
	}
	head, _ := j.Head()
	err := newRig(t, j, clock.NewManual(morning)).engine.Recover(at(18_000), "two")
	if !errors.Is(err, ErrPrices) || !strings.Contains(err.Error(), "product.cola costs 180.00 EUR, and cost 1.80 EUR") || !strings.Contains(err.Error(), "--accept-prices") {
		t.Errorf("%v", err)
	}
	if now, _ := j.Head(); now != head {
		t.Errorf("%d records were written", now-head)
	}
	r := newRig(t, j, clock.NewManual(morning))
	r.engine.opt.AcceptPrices = true
	if err := r.engine.Recover(at(18_000), "two"); err != nil {
		t.Errorf("accepted: %v", err)
	}
	if err := newRig(t, j, clock.NewManual(morning)).engine.Recover(at(1_000), "three"); err != nil {
		t.Errorf("eighteen times less: %v", err)
	}
}
