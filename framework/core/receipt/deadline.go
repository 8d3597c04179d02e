package receipt

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// withDeadlines gives every pending line its deadline, and when the last of them
// is over; nil where there is none. Lines that wait for a buyer's age to be seen
// have one of their own.
func withDeadlines(lines []event.PendingLine, otherwise time.Time) ([]event.PendingLine, *time.Time) {
	out, last := append([]event.PendingLine{}, lines...), (*time.Time)(nil)
	for i := range out {
		if out[i].Until == nil {
			until := otherwise
			out[i].Until = &until
		}
		if last == nil || out[i].Until.After(*last) {
			until := *out[i].Until
			last = &until
		}
	}
	return out, last
}

// deadline is when a pending line ends in the shopper's favour. A receipt of an
// earlier version has one for all of them.
func deadline(r *event.Receipt, l *event.PendingLine) time.Time {
	switch {
	case l.Until != nil:
		return *l.Until
	case r.PendingUntil != nil:
		return *r.PendingUntil
	}
	return r.Closed
}
