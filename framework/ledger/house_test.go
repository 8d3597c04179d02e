package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// TestOwed exports accounts by day and month, once a key, and final once their
// day is closed.
func TestOwed(t *testing.T) {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	day := func(at time.Time) string { return at.UTC().Format(time.DateOnly) }
	b := New(day)
	post := func(session, key, account, refund string, minor int64, at time.Time) {
		a := eur(minor)
		back := eur(-minor)
		b.Apply(event.Record{At: at, Facts: []event.Fact{
			event.SessionOpened{Session: session, House: "canteen", At: at},
			event.Posted{Session: session, Entries: []event.Posting{{Account: "house:canteen", Amount: a}, {Account: "revenue", Amount: back}}, At: at},
			event.PaymentMoved{Session: session, State: event.PaymentHouse, Due: &a, At: at},
			event.HousePosted{Session: session, Key: key, House: "canteen", Account: account, Tender: "badge", Amount: a, Refund: refund, At: at},
		}})
	}
	post("s1", "k1", "badge-7", "", 180, at)
	post("s2", "k2", "badge-8", "", 500, at)
	post("s1", "k3", "badge-7", "r1", -80, at.Add(time.Hour))
	post("s3", "k4", "badge-7", "", 300, at.Add(24*time.Hour))
	b.Apply(event.Record{At: at, Facts: []event.Fact{event.DayClosed{Day: "2026-11-21", Until: at.Add(12 * time.Hour), At: at.Add(13 * time.Hour)}}})
	line := func(period, account string, visits int, charged, back int64, final bool) HouseLine {
		return HouseLine{ID: "house:canteen/" + account + "/" + period + "/EUR", Period: period, House: "canteen", Account: account, Tender: "badge",
			Currency: "EUR", Visits: visits, Charged: charged, GivenBack: back, Owed: charged - back, Final: final}
	}
	for _, c := range []struct {
		name string
		f    HouseFilter
		want []HouseLine
	}{
		{"all", HouseFilter{}, []HouseLine{line("2026-11-21", "badge-7", 1, 180, 80, true), line("2026-11-21", "badge-8", 1, 500, 0, true),
			line("2026-11-22", "badge-7", 1, 300, 0, false)}},
		{"day", HouseFilter{Period: "2026-11-22"}, []HouseLine{line("2026-11-22", "badge-7", 1, 300, 0, false)}},
		{"month", HouseFilter{Period: "2026-11", Monthly: true, Class: "canteen"}, []HouseLine{line("2026-11", "badge-7", 2, 480, 80, false),
			line("2026-11", "badge-8", 1, 500, 0, false)}},
		{"another class", HouseFilter{Class: "plan"}, []HouseLine{}},
	} {
		if diff := cmp.Diff(c.want, b.Owed(c.f)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
	for _, x := range b.Faults() {
		if x.Code == FaultHouse || x.Code == FaultMoved {
			t.Errorf("sound books: %+v", x)
		}
	}
	// What is told twice, or posted and not told, is found.
	b.Apply(event.Record{At: at, Facts: []event.Fact{
		event.HousePosted{Session: "s3", Key: "k4", House: "canteen", Account: "badge-7", Tender: "badge", Amount: eur(300), At: at.Add(25 * time.Hour)},
		event.Posted{Session: "s4", Entries: []event.Posting{{Account: "house:canteen", Amount: eur(10)}, {Account: "revenue", Amount: eur(-10)}}, At: at.Add(25 * time.Hour)},
	}})
	found := 0
	for _, x := range b.Faults() {
		if x.Code == FaultHouse {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d faults of house accounts, want 2: %+v", found, b.Faults())
	}
}
