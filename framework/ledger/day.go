package ledger

import (
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// quarter divides every offset of a zone in use, so that days begin at one.
const quarter = 15 * time.Minute

// DayIn returns what says which local date of a zone an instant is of.
func DayIn(zone *time.Location) func(time.Time) string {
	return func(at time.Time) string { return at.In(zone).Format(time.DateOnly) }
}

// Next is the date after a date; empty for what is no date.
func Next(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// EndOf is the instant when a local date of a zone is over: when the next one
// begins for good, which is not midnight where clocks are put forward then.
func EndOf(day string, zone *time.Location) (time.Time, error) {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no date: write it as 2026-11-22", day)
	}
	dayOf, next := DayIn(zone), Next(day)
	at := time.Date(d.Year(), d.Month(), d.Day()+1, 12, 0, 0, 0, zone).Truncate(quarter) // noon of the next
	for dayOf(at.Add(-quarter)) >= next {
		at = at.Add(-quarter)
	}
	return at.UTC(), nil
}

// Day is what a business day came to in one currency.
type Day struct {
	Day      string         `json:"day"`
	Currency money.Currency `json:"currency"`
	Balances []Balance      `json:"balances"`
	// Captured is what the movements say: captures less refunds.
	Captured int64 `json:"captured_minor"`
	// Sessions counts those that something was posted for.
	Sessions int  `json:"sessions"`
	Closed   bool `json:"closed"`
}

// Days sums up every day that something was posted to, by currency.
func (b *Books) Days() []Day {
	groups := map[dayCurrency][]Line{}
	for _, l := range b.Lines(Filter{}) {
		k := dayCurrency{l.Day, l.Currency}
		groups[k] = append(groups[k], l)
	}
	all := make([]Day, 0, len(groups))
	for _, k := range sortedDays(groups) {
		d := Day{Day: k.day, Currency: k.currency, Balances: trial(groups[k]), Closed: b.closed != "" && k.day <= b.closed}
		last := ""
		for _, l := range groups[k] { // by session
			if l.Session != last {
				last = l.Session
				d.Sessions++
				d.Captured += b.sessions[last].moved[k]
			}
		}
		all = append(all, d)
	}
	return all
}

// Closings are the days that were closed, in order.
func (b *Books) Closings() []event.DayClosed { return b.closings }

// closeDay checks a closing against what was posted since the one before: what
// came before Until, or all where it was closed as of that instant.
func (b *Books) closeDay(f event.DayClosed) {
	if b.closed != "" && (f.Day <= b.closed || !f.Until.After(b.until)) {
		b.fault(FaultDayTwice, "", f.Day, "the day is closed a second time; the last that was closed is "+b.closed)
		return
	}
	in := func(at time.Time) bool { return at.Before(f.Until) || f.Until.Equal(f.At) }
	sums := map[string]int64{}
	var kept []dated
	for _, d := range b.since {
		if !in(d.at) {
			kept = append(kept, d)
			continue
		}
		for _, e := range d.entries {
			sums[e.Account+" "+string(e.Amount.Currency)] += e.Amount.Minor
		}
	}
	var ended []time.Time
	for _, at := range b.ended {
		if !in(at) {
			ended = append(ended, at)
		}
	}
	sessions := len(b.ended) - len(ended)
	b.since, b.ended = kept, ended
	for _, e := range f.Balances {
		sums[e.Account+" "+string(e.Amount.Currency)] -= e.Amount.Minor
	}
	var off []string
	for _, name := range sorted(sums) {
		if sums[name] != 0 {
			off = append(off, name)
		}
	}
	switch text := balance(f.Balances); {
	case text != "":
		b.fault(FaultDayBalance, "", f.Day, "its balances do not add up to zero: "+text)
	case len(off) > 0:
		b.fault(FaultDayBalance, "", f.Day, "its balances are not those of its postings: "+strings.Join(off, ", "))
	case f.Sessions != sessions:
		b.fault(FaultDayBalance, "", f.Day, fmt.Sprintf("it counts %d sessions and %d closed in it", f.Sessions, sessions))
	}
	b.closed, b.until = f.Day, f.Until
	b.closings = append(b.closings, f)
}
