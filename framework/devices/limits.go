package devices

import (
	"time"

	"github.com/openaisle/aisle/sdk/class"
)

// The deadlines and limits of devices.
const (
	// OpenWithin is how long a device has to open.
	OpenWithin = 10 * time.Second
	// CloseWithin is how long a device has to close when the host stops, and
	// SettleWithin how long the engine has, once plugins have ended, to take
	// the last words.
	CloseWithin  = time.Second
	SettleWithin = time.Second

	// RetryFirst doubles with each try after the second, which is at once, up to
	// RetryMost. A device that stayed open for QuietFor starts again from the
	// beginning when it is lost.
	RetryFirst = 250 * time.Millisecond
	RetryMost  = 30 * time.Second
	QuietFor   = time.Minute
	// RetrySpread is the share of the delay by which it is moved at random.
	RetrySpread = 0.2

	// StreamTries is how many streams of evidence in a row may break, with
	// nothing to be read of them, before a plugin is taken for broken.
	StreamTries = 5

	// DrainWithin is how long commands under way may take to end before their
	// device moves to another version of its plugin, and ArriveWithin how long
	// its last reports may take to get to the journal. Together with CloseWithin
	// that is less than supervisor.SwapWithin, after which the instance that the
	// devices move off is killed.
	DrainWithin  = 400 * time.Millisecond
	ArriveWithin = 400 * time.Millisecond
	// HoldWithin is how long a command waits at most for a device that moves:
	// as long as a move there and back may take.
	HoldWithin = 5 * time.Second
	// MaxBehind is how many reports of a device may wait for the journal when
	// it is to move.
	MaxBehind = 256
	// PollEvery is how often the journal's progress is looked at meanwhile.
	PollEvery = 5 * time.Millisecond

	// ClaimEvery is how often a device that somebody else holds is claimed.
	ClaimEvery = time.Second

	// HealthMisses is how many healths in a row may fail to name an open device
	// before it is taken for lost.
	HealthMisses = 2
	// ComplainEvery is how often refused reports are told of.
	ComplainEvery = time.Minute
	// MaxCause bounds the cause of a state, in bytes.
	MaxCause = 512

	// ReadingFor is how long a reading says how a device is: an older one is not
	// shown any more.
	ReadingFor = 15 * time.Minute
	// MaxReadingNames is how many names a device's readings may have had since the
	// host started: those of one version of its plugin and of the next.
	MaxReadingNames = 2 * class.MaxReadings
)

// Limits are the deadlines of devices. A field that is zero has its default.
type Limits struct {
	OpenWithin, CloseWithin, SettleWithin, RetryFirst, RetryMost, QuietFor, ComplainEvery time.Duration
	DrainWithin, ArriveWithin, HoldWithin, PollEvery, ClaimEvery                          time.Duration
}

func (l *Limits) withDefaults() Limits {
	var v Limits
	if l != nil {
		v = *l
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&v.OpenWithin, OpenWithin}, {&v.CloseWithin, CloseWithin}, {&v.SettleWithin, SettleWithin},
		{&v.RetryFirst, RetryFirst}, {&v.RetryMost, RetryMost}, {&v.QuietFor, QuietFor},
		{&v.ComplainEvery, ComplainEvery}, {&v.DrainWithin, DrainWithin}, {&v.ArriveWithin, ArriveWithin},
		{&v.HoldWithin, HoldWithin}, {&v.PollEvery, PollEvery}, {&v.ClaimEvery, ClaimEvery},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return v
}

// delay is how long to wait before try n of an opening: not at all before the
// first two. Spread, from 0 to 1, is where the delay lies in its range.
func (l Limits) delay(n int, spread float64) time.Duration {
	if n <= 2 {
		return 0
	}
	d := l.RetryFirst
	for range n - 3 {
		if d >= l.RetryMost {
			break
		}
		d *= 2
	}
	d = min(d, l.RetryMost)
	d += time.Duration(float64(d) * RetrySpread * (2*spread - 1))
	return min(d, l.RetryMost)
}
