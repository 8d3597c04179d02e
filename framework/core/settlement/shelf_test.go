package settlement

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

var day = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// sell folds a visit that was charged.
func sell(s *State, n int, retry *time.Time) (session string) {
	id, eur := fmt.Sprintf("session-%05d", n), money.New(199, "EUR")
	at := day.Add(time.Duration(n) * time.Second)
	for _, f := range []event.Fact{
		event.SessionOpened{Session: id, Token: "palm", At: at},
		event.Asked{Ask: event.Ask{ID: id + "/1", Session: id, Device: "payment.cards", Operation: event.OpAuthorize, Key: "hold-" + id}, At: at},
		event.PaymentMoved{Session: id, State: event.PaymentAuthorizing, Key: "hold-" + id, At: at},
		event.PaymentMoved{Session: id, State: event.PaymentHeld, Key: "hold-" + id, Held: &eur, Reference: "ref-" + id, At: at},
		event.PaymentMoved{Session: id, State: event.PaymentCaptured, Key: "take-" + id, Captured: &eur, Reference: "cap-" + id, At: at, RetryAt: retry},
		event.Answered{Answer: event.Answer{ID: id + "/1", Outcome: event.OutcomeDone}, At: at},
		event.CartFrozen{Session: id, At: at},
		event.SessionClosed{Session: id, At: at},
	} {
		s.Apply(f)
	}
	return id
}

// TestShelf: what is over is set aside, oldest first, and what something may yet
// become of is not; it comes back as it was, at its processor's new address.
func TestShelf(t *testing.T) {
	s := New()
	s.KeepSales = 180 * storedef.Day
	later := day.Add(240 * time.Hour)
	var first, moving string
	var was []byte
	const more = 10
	for n := range HeldSales + more {
		switch n {
		case 0:
			first = sell(s, n, nil)
			was, _ = json.Marshal(s.Sales[first])
		case 1:
			moving = sell(s, n, &later)
		default:
			sell(s, n, nil)
		}
		if n == HeldSales-1 && s.Shelved != 0 {
			t.Fatalf("%d set aside of %d", s.Shelved, n+1)
		}
	}
	if len(s.Sales) != HeldSales || len(s.Closed) != HeldSales || s.Shelved != more {
		t.Fatalf("%d held, %d in order, %d set aside", len(s.Sales), len(s.Closed), s.Shelved)
	}
	if s.Sales[moving] == nil || s.Sales[first] != nil {
		t.Error("the one that moves is to be held, the oldest is not")
	}
	for _, name := range []string{"hold-" + first, "ref-" + first, "cap-" + first} {
		if s.Owner(name) != first {
			t.Errorf("%s is nobody's", name)
		}
	}
	s.Renamed("payment.cards", "payment.bank")
	sale := s.Untaken(first)
	if all := s.Take(); len(all) != more || all[0].Sale.Session != first || sale == nil || s.Untaken(first) != nil || s.Owner("ref-"+first) != "" {
		t.Fatalf("%d handed over, the first %s", len(all), all[0].Sale.Session)
	}
	s.Apply(event.SaleRecalled{Sale: *sale, At: later})
	p := s.payment(first)
	if p == nil || p.Device != "payment.bank" || s.Owner("cap-"+first) != first {
		t.Fatalf("recalled: %+v", p)
	}
	p.Device = "payment.cards"
	if is, _ := json.Marshal(p); string(is) != string(was) {
		t.Errorf("it was\n%s\nit is\n%s", was, is)
	}
}

// TestShelfByAge: what is owed is held for as long as it is asked for, and then
// set aside like all that is old.
func TestShelfByAge(t *testing.T) {
	s := New()
	s.KeepSales = time.Hour
	owes := sell(s, 0, nil)
	s.Sales[owes].Indebted = true
	old := sell(s, 1, nil)
	sell(s, 3601, nil)
	if s.Shelved != 1 || s.Sales[old] == nil || s.Sales[owes] != nil {
		t.Errorf("%d set aside: %v", s.Shelved, s.Closed)
	}
}
