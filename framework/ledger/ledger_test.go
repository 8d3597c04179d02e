package ledger

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func eur(minor int64) money.Amount { return money.New(minor, "EUR") }

func post(session string, at time.Time, entries ...event.Posting) event.Posted {
	return event.Posted{Session: session, Entries: entries, At: at}
}

func entry(account string, minor int64) event.Posting {
	return event.Posting{Account: account, Amount: eur(minor)}
}

// visit is a visit that bought for an amount, as settlement states it.
func visit(id string, at time.Time, total int64) []event.Fact {
	held, taken, tax := eur(2000), eur(total), total/6
	return []event.Fact{
		event.SessionOpened{Session: id, At: at},
		event.PaymentMoved{Session: id, State: event.PaymentAuthorizing, Key: id + "-a", At: at},
		event.PaymentMoved{Session: id, State: event.PaymentHeld, Key: id + "-a", Reference: "h-" + id, Held: &held, At: at},
		post(id, at, entry("receivable", total), entry("tax:food", -tax), entry("revenue", tax-total)),
		event.PaymentMoved{Session: id, State: event.PaymentCapturing, Key: id + "-c", Due: &taken, At: at},
		event.PaymentMoved{Session: id, State: event.PaymentCaptured, Key: id + "-c", Reference: "c-" + id, Captured: &taken, At: at},
		post(id, at, entry("clearing", total), entry("receivable", -total)),
		event.ReceiptIssued{Receipt: event.Receipt{ID: "r" + id, Version: 1, Session: id, Total: taken, Captured: &taken}},
		event.SessionClosed{Session: id, At: at},
	}
}

func fold(facts ...event.Fact) *Books {
	b := New(DayIn(time.UTC))
	for _, f := range facts {
		b.Apply(event.Record{Facts: []event.Fact{f}})
	}
	return b
}

func codes(b *Books) (all []FaultCode) {
	for _, f := range b.Faults() {
		all = append(all, f.Code)
	}
	return all
}

func TestSoundBooks(t *testing.T) {
	b := fold(append(visit("a", start, 1200), visit("b", start.Add(time.Hour), 600)...)...)
	if f := b.Faults(); len(f) > 0 {
		t.Fatalf("sound books have faults: %v", f)
	}
	want := []Balance{
		{"clearing", "EUR", 1800, 0, 1800}, {"receivable", "EUR", 1800, 1800, 0}, {"revenue", "EUR", 0, 1500, -1500}, {"tax:food", "EUR", 0, 300, -300},
	}
	if got := b.Trial(Filter{}); !slices.Equal(got, want) {
		t.Errorf("trial balance %v, want %v", got, want)
	}
	if got := b.Trial(Filter{Session: "b", Account: "tax:"}); !slices.Equal(got, []Balance{{"tax:food", "EUR", 0, 100, -100}}) {
		t.Errorf("filtered %v", got)
	}
	if d := b.Days(); len(d) != 1 || d[0].Captured != 1800 || d[0].Sessions != 2 || d[0].Closed {
		t.Errorf("days %+v", d)
	}
	if o := b.Open(); len(o) > 0 {
		t.Errorf("open items %v", o)
	}
}

// Every fault is found, and it names the session.
func TestFaults(t *testing.T) {
	sound := func() []event.Fact { return visit("a", start, 1200) }
	replaced := func(i int, f event.Fact) []event.Fact {
		facts := sound()
		facts[i] = f
		return facts
	}
	other := eur(1100)
	day := func(day string, until time.Time, n int, entries ...event.Posting) event.DayClosed {
		return event.DayClosed{Day: day, Until: until, Balances: entries, Sessions: n, At: until.Add(time.Minute)}
	}
	midnight := start.Truncate(24 * time.Hour).Add(24 * time.Hour)
	right := []event.Posting{entry("clearing", 1200), entry("receivable", 0), entry("revenue", -1000), entry("tax:food", -200)}
	for name, c := range map[string]struct {
		facts []event.Fact
		want  []FaultCode
	}{
		"posting":           {replaced(3, post("a", start, entry("receivable", 1200), entry("revenue", -1199))), []FaultCode{FaultPosting, FaultSession}},
		"clearing":          {replaced(6, post("a", start, entry("store_cost", 1200), entry("receivable", -1200))), []FaultCode{FaultMoved}},
		"owed":              {slices.Delete(sound(), 4, 7), []FaultCode{FaultOwed}},
		"receipt":           {replaced(7, event.ReceiptIssued{Receipt: event.Receipt{Session: "a", Version: 1, Total: other}}), []FaultCode{FaultReceipt}},
		"refunded":          {append(sound(), event.ReceiptIssued{Receipt: event.Receipt{Session: "a", Version: 2, Total: eur(1000), Refunds: []event.RefundLine{{Amount: eur(150)}, {Amount: eur(50)}}}}), nil},
		"refunded too much": {append(sound(), event.ReceiptIssued{Receipt: event.Receipt{Session: "a", Version: 2, Total: eur(1000), Refunds: []event.RefundLine{{Amount: eur(201)}}}}), []FaultCode{FaultReceipt}},
		"day":               {append(sound(), day("2026-11-22", midnight, 1, right...)), nil},
		"day twice":         {append(sound(), day("2026-11-22", midnight, 1, right...), day("2026-11-22", midnight.Add(time.Hour), 0)), []FaultCode{FaultDayTwice}},
		"day back":          {append(sound(), day("2026-11-22", midnight, 1, right...), day("2026-11-23", midnight, 0)), []FaultCode{FaultDayTwice}},
		"day off":           {append(sound(), day("2026-11-22", midnight, 1, right[0])), []FaultCode{FaultDayBalance}},
		"day other":         {append(sound(), day("2026-11-22", midnight, 1)), []FaultCode{FaultDayBalance}},
		"day sessions":      {append(sound(), day("2026-11-22", midnight, 2, right...)), []FaultCode{FaultDayBalance}},
		"captured unbooked": {append(sound(), event.PaymentMoved{Session: "b", State: event.PaymentCaptured, Captured: &other, At: start}), []FaultCode{FaultMoved}},
		"overflow":          {append(sound(), post("b", start, entry("x", 1<<62), entry("x", 1<<62), entry("y", -1<<62), entry("y", -1<<62))), []FaultCode{FaultPosting, FaultOverflow, FaultOverflow}},
	} {
		b := fold(c.facts...)
		if got := codes(b); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, b.Faults(), c.want)
		}
		for _, f := range b.Faults() {
			if f.Session == "" && f.Code != FaultDayBalance && f.Code != FaultDayTwice {
				t.Errorf("%s: %v names no session", name, f)
			}
		}
	}
}

// A refund, and a capture that was undone, move the same in books and movements.
func TestRefundsAndReversals(t *testing.T) {
	taken := eur(1200)
	later := start.Add(26 * time.Hour)
	facts := append(visit("a", start, 1200),
		event.RefundMoved{Session: "a", Refund: "1", Key: "a-r", State: event.RefundRefunding, Amount: eur(200), At: later},
		event.RefundMoved{Session: "a", Refund: "1", Key: "a-r", State: event.RefundRefunded, Amount: eur(200), Reference: "re-1", At: later},
		post("a", later, entry("refunds", 200), entry("clearing", -200)))
	b := fold(facts...)
	if f := b.Faults(); len(f) > 0 {
		t.Fatalf("faults %v", f)
	}
	if d := b.Days(); len(d) != 2 || d[1].Captured != -200 {
		t.Errorf("days %+v", d)
	}
	undone := append(visit("b", start, 600), event.PaymentMoved{Session: "b", State: event.PaymentFailed, At: later},
		post("b", later, entry("receivable", 600), entry("clearing", -600)))
	b = fold(undone...)
	if f := b.Faults(); len(f) > 0 {
		t.Errorf("an undone capture: %v", f)
	}
	if o := b.Open(); len(o) != 1 || o[0].Kind != ItemOwed || o[0].Amount != eur(600) {
		t.Errorf("open items %v", o)
	}
	_ = taken
}

// What is posted after a close goes to the next day, also on the same date.
func TestAfterAClose(t *testing.T) {
	evening := start.Add(8 * time.Hour)
	facts := append(visit("a", start, 1200), event.DayClosed{Day: "2026-11-22", Until: evening, At: evening, Sessions: 1,
		Balances: []event.Posting{entry("clearing", 1200), entry("receivable", 0), entry("revenue", -1000), entry("tax:food", -200)}})
	b := fold(append(facts, visit("b", evening, 600)...)...)
	if f := b.Faults(); len(f) > 0 {
		t.Fatalf("faults %v", f)
	}
	d := b.Days()
	if len(d) != 2 || d[0].Day != "2026-11-22" || !d[0].Closed || d[1].Day != "2026-11-23" || d[1].Closed || d[1].Captured != 600 {
		t.Errorf("days %+v", d)
	}
}

func TestHouse(t *testing.T) {
	b := fold(post("a", start, entry("house:meal", 500), entry("receivable", -500)), post("b", start, entry("clearing", 1), entry("revenue", -1)))
	if h := b.House(Filter{}); len(h) != 1 || h[0].Account != "house:meal" || h[0].Balance != 500 {
		t.Errorf("house accounts %v", h)
	}
}

func TestEndOf(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"UTC", "2026-11-22", "2026-11-23T00:00:00Z"},
		{"Europe/Lisbon", "2026-07-01", "2026-07-01T23:00:00Z"},
		{"Europe/Lisbon", "2026-03-29", "2026-03-29T23:00:00Z"},      // 23 hours long
		{"America/New_York", "2026-10-31", "2026-11-01T04:00:00Z"},   // the next has 25
		{"Asia/Kathmandu", "2026-11-22", "2026-11-22T18:15:00Z"},     // a quarter past
		{"Pacific/Kiritimati", "2026-11-22", "2026-11-22T10:00:00Z"}, // 14 hours ahead
		{"America/Havana", "2026-03-07", "2026-03-08T05:00:00Z"},     // no midnight: it is 1 o'clock
		{"Africa/Cairo", "2026-04-23", "2026-04-23T22:00:00Z"},
		{"UTC", "2028-02-28", "2028-02-29T00:00:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Skip("this machine has no zones")
		}
		got, err := EndOf(c.day, zone)
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("EndOf(%s, %s) = %v, %v, want %s", c.day, c.zone, got, err, c.want)
		}
		dayOf := DayIn(zone)
		if dayOf(got) != Next(c.day) || dayOf(got.Add(-time.Nanosecond)) != c.day {
			t.Errorf("%s, %s: %v is not where the day ends", c.zone, c.day, got)
		}
	}
	for _, bad := range []string{"", "2026-11-31", "22.11.2026", "2026-1-2"} {
		if _, err := EndOf(bad, time.UTC); err == nil {
			t.Errorf("%q is taken for a date", bad)
		}
	}
}

// Whatever balanced postings come, in whatever currencies, on whatever days: the
// trial balance adds up to zero, the days add up to the whole, and one unit off
// is found at its session.
func TestFoldProperties(t *testing.T) {
	currenciesOf := []money.Currency{"EUR", "USD", "JPY", "KWD"}
	rapid.Check(t, func(t *rapid.T) {
		b := New(DayIn(time.UTC))
		at := start
		n := rapid.IntRange(1, 40).Draw(t, "postings")
		bad := rapid.IntRange(-1, n-1).Draw(t, "bad")
		for i := range n {
			at = at.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "hours")) * time.Hour)
			id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "session")
			if i == bad {
				id = "bad"
			}
			p := event.Posted{Session: id, At: at}
			for range rapid.IntRange(1, 3).Draw(t, "parts") {
				cur := rapid.SampledFrom(currenciesOf).Draw(t, "currency")
				x, y := rapid.Int64Range(-1e9, 1e9).Draw(t, "x"), rapid.Int64Range(-1e9, 1e9).Draw(t, "y")
				p.Entries = append(p.Entries, event.Posting{Account: "x", Amount: money.New(x, cur)},
					event.Posting{Account: "y", Amount: money.New(y, cur)}, event.Posting{Account: "z", Amount: money.New(-x-y, cur)})
			}
			if i == bad {
				p.Entries[0].Amount.Minor++
			}
			b.Apply(event.Record{At: at, Facts: []event.Fact{p}})
			if rapid.IntRange(0, 9).Draw(t, "close") == 0 {
				day := at.Add(-24 * time.Hour).Format(time.DateOnly)
				if b.closed == "" || day > b.closed {
					b.Apply(event.Record{At: at, Facts: []event.Fact{event.DayClosed{Day: day, Until: at.Truncate(24 * time.Hour), At: at}}})
				}
			}
		}
		totals, days := map[money.Currency]int64{}, map[string]int64{}
		for _, l := range b.Trial(Filter{}) {
			totals[l.Currency] += l.Balance
			days[l.Account+string(l.Currency)] += l.Balance
		}
		for _, d := range b.Days() {
			for _, l := range d.Balances {
				days[l.Account+string(l.Currency)] -= l.Balance
			}
		}
		for name, off := range days {
			if off != 0 {
				t.Fatalf("the days are %d off the whole at %s", off, name)
			}
		}
		var off int64
		for _, sum := range totals {
			off += sum
		}
		found := slices.ContainsFunc(b.Faults(), func(f Fault) bool { return f.Code == FaultPosting && f.Session == "bad" })
		if want := bad >= 0; found != want || (off != 0) != want {
			t.Fatalf("planted %v, found %v, off by %d", want, found, off)
		}
		again := b.Lines(Filter{})
		if !slices.IsSortedFunc(again, func(x, y Line) int { return x.compare(y.Place) }) {
			t.Fatal("lines are not in order")
		}
	})
}
