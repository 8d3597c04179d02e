package observe

import (
	"cmp"
	"time"
)

// Interval is the stretch of time that one piece of evidence speaks of.
// Onset is when the thing observed began (the hand touched the shelf), Settled
// when it was certain (the load cell came to rest). A momentary thing has both
// equal. Settled is never before Onset.
type Interval struct {
	Onset   time.Time `json:"onset"`
	Settled time.Time `json:"settled"`
}

// At returns the interval of a momentary thing.
func At(t time.Time) Interval { return Interval{Onset: t, Settled: t} }

// Between returns the interval from onset to settled.
func Between(onset, settled time.Time) Interval {
	return Interval{Onset: onset, Settled: settled}
}

// Valid reports whether both ends are set and in order.
func (i Interval) Valid() bool {
	return !i.Onset.IsZero() && !i.Settled.Before(i.Onset)
}

// Overlaps reports whether i and o share an instant when each is widened by
// slack on both sides. Slack may be zero.
func (i Interval) Overlaps(o Interval, slack time.Duration) bool {
	return !i.Settled.Add(slack).Before(o.Onset) && !o.Settled.Add(slack).Before(i.Onset)
}

// Shift moves both ends by d: it takes a device-clock interval to the host's
// clock when d is minus the device's offset.
func (i Interval) Shift(d time.Duration) Interval {
	return Interval{Onset: i.Onset.Add(d), Settled: i.Settled.Add(d)}
}

// Compare orders intervals by Settled, then Onset.
func (i Interval) Compare(o Interval) int {
	if c := i.Settled.Compare(o.Settled); c != 0 {
		return c
	}
	return i.Onset.Compare(o.Onset)
}

// Serial identifies one report of one device. Epoch is minted by the host each
// time it opens the device and is unique across journals and hosts; Seq counts
// the device's reports within the epoch from 1 without gaps.
type Serial struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Compare orders serials by epoch, then sequence number.
func (s Serial) Compare(o Serial) int {
	return cmp.Or(cmp.Compare(s.Epoch, o.Epoch), cmp.Compare(s.Seq, o.Seq))
}
