package settlement

import (
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

const (
	// quarter is how finely the time of postings is kept until their day is
	// closed: every zone's days begin at one.
	quarter = 15 * time.Minute
	// maxStretches bounds what is kept of days that nobody closes: four days and
	// more. What is older is kept as one, and closed as one.
	maxStretches = 400
	// farthest is how far a local date may lie from that of Greenwich.
	farthest = 15 * time.Hour
)

// Days are the books of the store since the last day that was closed.
type Days struct {
	// Closed is the last day that was closed, and Until when it ended.
	Closed string    `json:"closed,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	// Open is what was posted since, in order.
	Open []Stretch `json:"open,omitempty"`
}

// Stretch is what was posted from one instant to another.
type Stretch struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Sums are by account and currency, sorted.
	Sums []event.Posting `json:"sums"`
	// Sessions counts those that closed.
	Sessions int `json:"sessions,omitempty"`
}

func (d *Days) apply(f event.Fact) {
	switch f := f.(type) {
	case event.Posted:
		s := d.at(f.At)
		for _, e := range f.Entries {
			s.Sums = sumUp(s.Sums, e)
		}
	case event.SessionClosed:
		d.at(f.At).Sessions++
	case event.DayClosed:
		d.Closed, d.Until = f.Day, f.Until
		d.Open = slices.Clone(d.Open[d.before(f.Until, f.At):])
	default: // says nothing of money
	}
}

// at is the stretch of an instant: the newest, or one after it.
func (d *Days) at(at time.Time) *Stretch {
	if n := len(d.Open); n > 0 && at.Before(d.Open[n-1].To) {
		return &d.Open[n-1]
	}
	from := at.UTC().Truncate(quarter)
	d.Open = append(d.Open, Stretch{From: from, To: from.Add(quarter), Sums: []event.Posting{}})
	if len(d.Open) > maxStretches {
		first, second := d.Open[0], d.Open[1]
		for _, e := range second.Sums {
			first.Sums = sumUp(first.Sums, e)
		}
		first.To, first.Sessions = second.To, first.Sessions+second.Sessions
		d.Open = append([]Stretch{first}, d.Open[2:]...)
	}
	return &d.Open[len(d.Open)-1]
}

// before counts the stretches before the end of a day; all where it ends now.
func (d *Days) before(until, now time.Time) int {
	if until.Equal(now) {
		return len(d.Open)
	}
	n := 0
	for n < len(d.Open) && !d.Open[n].To.After(until) {
		n++
	}
	return n
}

// sumUp adds a posting to sums.
func sumUp(sums []event.Posting, e event.Posting) []event.Posting {
	i, found := slices.BinarySearchFunc(sums, e, comparePosting)
	if !found {
		return slices.Insert(sums, i, e)
	}
	var err error
	sums[i].Amount, err = sums[i].Amount.Add(e.Amount)
	must(err)
	return sums
}

func comparePosting(a, b event.Posting) int {
	if c := strings.Compare(a.Account, b.Account); c != 0 {
		return c
	}
	return strings.Compare(string(a.Amount.Currency), string(b.Amount.Currency))
}

// closeDay closes a day of the store: all that was posted before its end and is
// not closed yet. An order without an end closes the day as of now.
func (s *State) closeDay(t *turn.Turn, in event.StaffOrder) {
	until := t.At.UTC()
	if in.Until != nil {
		until = in.Until.UTC()
	}
	if why := s.Days.notClosed(in.Day, until, t.At); why != "" {
		t.Emit(event.Ignored{What: "close_day " + in.Day, Reason: why})
		return
	}
	f := event.DayClosed{Day: in.Day, Until: until, Balances: []event.Posting{}, At: t.At}
	for _, o := range s.Days.Open[:s.Days.before(until, t.At)] {
		f.Sessions += o.Sessions
		for _, e := range o.Sums {
			f.Balances = sumUp(f.Balances, e)
		}
	}
	assertBalanced("day "+in.Day, f.Balances)
	f.Balances = slices.DeleteFunc(f.Balances, func(e event.Posting) bool { return e.Amount.IsZero() })
	t.Emit(f)
}

// notClosed says why a day can't be closed; empty where it can.
func (d *Days) notClosed(day string, until, now time.Time) string {
	date, err := time.Parse(time.DateOnly, day)
	switch {
	case err != nil:
		return "that is no date: write it as 2026-11-22"
	case d.Closed != "" && day <= d.Closed:
		return "the day " + d.Closed + " is closed already, and what is closed is not opened again"
	case d.Closed != "" && !until.After(d.Until):
		return "the day would end at " + until.Format(time.RFC3339) + ", and all until " + d.Until.Format(time.RFC3339) + " is closed already"
	case until.After(now):
		return "the day is not over before " + until.Format(time.RFC3339)
	case until.Before(date.Add(-farthest)) || until.After(date.Add(24*time.Hour+farthest)):
		return "the day can't end at " + until.Format(time.RFC3339)
	}
	for _, o := range d.Open {
		if !until.Equal(now) && o.From.Before(until) && until.Before(o.To) {
			return "what was posted is known only from " + o.From.Format(time.RFC3339) + " to " + o.To.Format(time.RFC3339) + " as a whole: let the day end then or later"
		}
	}
	return ""
}

// AssertPosted panics unless every posting among the facts of a step adds up to
// zero in each currency. It holds in production: the step is undone, and its
// input set aside.
func AssertPosted(facts []event.Fact) {
	for _, f := range facts {
		if p, ok := f.(event.Posted); ok {
			assertBalanced("a posting of session "+p.Session, p.Entries)
		}
	}
}

func assertBalanced(what string, entries []event.Posting) {
	var first money.Amount
	for i, e := range entries {
		if i == 0 {
			first = money.Zero(e.Amount.Currency)
		}
		if e.Amount.Currency != first.Currency {
			assertEach(what, entries)
			return
		}
		var err error
		first, err = first.Add(e.Amount)
		must(err)
	}
	if !first.IsZero() {
		panic(what + " does not add up to zero: " + first.String())
	}
}

// assertEach is assertBalanced for entries in several currencies.
func assertEach(what string, entries []event.Posting) {
	var sums []event.Posting
	for _, e := range entries {
		sums = sumUp(sums, event.Posting{Amount: e.Amount})
	}
	for _, e := range sums {
		if !e.Amount.IsZero() {
			panic(what + " does not add up to zero: " + e.Amount.String())
		}
	}
}
