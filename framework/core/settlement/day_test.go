package settlement

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/ledger"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// close gives an order to close a day and returns what the core stated.
func closing(s *State, at time.Time, day string, until *time.Time) []event.Fact {
	t := &turn.Turn{At: at, Store: storedef.NewIndex(storedef.Store{}), Apply: s.Apply}
	t.Input = event.StaffOrder{Order: event.OrderCloseDay, Day: day, Until: until}
	s.input(t, nil)
	return t.Facts
}

func sold(session string, at time.Time, minor int64, cur money.Currency) event.Posted {
	return event.Posted{Session: session, At: at, Entries: []event.Posting{
		{Account: Clearing, Amount: money.New(minor, cur)}, {Account: Revenue, Amount: money.New(-minor, cur)},
	}}
}

func TestCloseDay(t *testing.T) {
	s := New()
	midnight := noon.Add(12 * time.Hour)
	s.Apply(sold("a", noon, 500, "EUR"))
	s.Apply(event.SessionClosed{Session: "a", At: noon})
	s.Apply(sold("b", midnight.Add(-time.Second), 100, "EUR"))
	s.Apply(sold("c", midnight, 70, "EUR")) // the next day's
	got := closing(s, midnight.Add(20*time.Minute), "2026-11-22", &midnight)
	want := event.DayClosed{Day: "2026-11-22", Until: midnight, Sessions: 1, At: midnight.Add(20 * time.Minute), Balances: []event.Posting{
		{Account: Clearing, Amount: money.New(600, "EUR")}, {Account: Revenue, Amount: money.New(-600, "EUR")},
	}}
	if d, ok := got[0].(event.DayClosed); !ok || len(got) != 1 || d.Day != want.Day || d.Sessions != 1 || !slices.Equal(d.Balances, want.Balances) {
		t.Fatalf("closing says %+v, want %+v", got, want)
	}
	late, early := midnight.Add(24*time.Hour), midnight.Add(time.Hour)
	for _, c := range []struct {
		at    time.Time
		day   string
		until *time.Time
		why   string
	}{
		{late, "2026-11-22", &midnight, "closed already"},
		{late, "2026-11-22", nil, "closed already"},
		{noon, "2026-11-22", nil, "closed already"}, // the clock went back
		{late, "2026-11-21", &early, "closed already"},
		{late, "2026-11-23", &midnight, "closed already"},
		{early, "2026-11-23", &late, "not over"},
		{late, "23.11.2026", &late, "no date"},
		{late, "2062-11-23", &late, "can't end"},
		{late, "2026-11-26", nil, "can't end"},
	} {
		got := closing(s, c.at, c.day, c.until)
		if i, ok := got[0].(event.Ignored); !ok || !strings.Contains(i.Reason, c.why) {
			t.Errorf("%s until %v at %v: %+v, want %q", c.day, c.until, c.at, got, c.why)
		}
	}
	got = closing(s, late.Add(-time.Hour), "2026-11-23", nil) // before it is over
	if d, ok := got[0].(event.DayClosed); !ok || d.Sessions != 0 || d.Balances[0].Amount.Minor != 70 {
		t.Errorf("the next day: %+v", got)
	}
}

// What is kept is bounded, also where nobody closes a day, and nothing of it is
// lost.
func TestNobodyCloses(t *testing.T) {
	s := New()
	at := noon
	for range maxStretches * 3 {
		at = at.Add(quarter)
		s.Apply(sold("a", at, 1, "EUR"))
	}
	if n := len(s.Days.Open); n != maxStretches {
		t.Fatalf("%d stretches are kept", n)
	}
	early := noon.Add(24 * time.Hour)
	if i, ok := closing(s, at, "2026-11-23", &early)[0].(event.Ignored); !ok || !strings.Contains(i.Reason, "as a whole") {
		t.Error("a day is closed whose sums are not known")
	}
	d, ok := closing(s, at, at.Format(time.DateOnly), nil)[0].(event.DayClosed)
	if !ok || d.Balances[0].Amount.Minor != maxStretches*3 {
		t.Errorf("closed with %+v", d)
	}
}

func TestAssertPosted(t *testing.T) {
	for name, entries := range map[string][]event.Posting{
		"off":        {{Account: "a", Amount: money.New(1, "EUR")}},
		"currencies": {{Account: "a", Amount: money.New(1, "EUR")}, {Account: "b", Amount: money.New(-1, "USD")}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: it passes", name)
				}
			}()
			AssertPosted([]event.Fact{event.Posted{Entries: entries}})
		}()
	}
	AssertPosted([]event.Fact{event.Posted{}, event.Posted{Entries: []event.Posting{
		{Account: "a", Amount: money.New(1, "EUR")}, {Account: "b", Amount: money.New(-2, "USD")},
		{Account: "b", Amount: money.New(-1, "EUR")}, {Account: "b", Amount: money.New(2, "USD")},
	}}})
}

// However postings and closings come, the ledger, which adds up by itself, finds
// each closing right, and its postings on the day that they were closed with.
func TestClosingsAgreeWithTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("z", rapid.SampledFrom([]int{0, 3600, -5 * 3600, 20700, 14 * 3600}).Draw(t, "zone"))
		s, books := New(), ledger.New(ledger.DayIn(zone))
		apply := func(f event.Fact) {
			s.Apply(f)
			books.Apply(event.Record{Facts: []event.Fact{f}})
		}
		at, closed := noon, 0
		for range rapid.IntRange(1, 60).Draw(t, "facts") {
			at = at.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				apply(event.SessionClosed{Session: rapid.StringMatching("[a-d]").Draw(t, "session"), At: at})
			case 1:
				day := at.In(zone).Format(time.DateOnly)
				var until *time.Time
				if rapid.Bool().Draw(t, "over") {
					day = at.In(zone).AddDate(0, 0, -1).Format(time.DateOnly)
					end, err := ledger.EndOf(day, zone)
					if err != nil {
						t.Fatal(err)
					}
					until = &end
				}
				if f, ok := closing(s, at, day, until)[0].(event.DayClosed); ok {
					books.Apply(event.Record{Facts: []event.Fact{f}})
					closed++
				}
			default:
				apply(sold("s", at, rapid.Int64Range(1, 9999).Draw(t, "amount"), rapid.SampledFrom([]money.Currency{"EUR", "JPY"}).Draw(t, "currency")))
			}
		}
		if got := books.Closings(); len(got) != closed {
			t.Fatalf("%d closings of %d are known", len(got), closed)
		}
		for _, f := range books.Faults() {
			if f.Code == ledger.FaultDayBalance || f.Code == ledger.FaultDayTwice {
				t.Fatal(f)
			}
		}
	})
}
