// Package timeline is the virtual time of the simulated world: an instant, and
// the deeds that are due at later ones.
//
// It knows no real clock: time is where RunTo put it. One goroutine uses a
// Timeline at a time. Deeds of one instant run by owner and then in the order
// they were scheduled, so what happens does not depend on the order in which
// different owners happened to be called.
package timeline

import (
	"container/heap"
	"time"
)

// An Instant is a point of virtual time, in microseconds since the Unix epoch.
type Instant int64

// Of gives the instant of t, cut to microseconds.
func Of(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time gives the instant in UTC.
func (i Instant) Time() time.Time { return time.UnixMicro(int64(i)).UTC() }

// Add gives the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Microseconds()) }

// Sub gives the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i-o) * time.Microsecond }

// Ceil gives the first instant not before i that is a whole number of steps.
func (i Instant) Ceil(step time.Duration) Instant {
	s := Instant(step.Microseconds())
	if s <= 1 {
		return i
	}
	if r := i % s; r > 0 {
		return i + s - r
	}
	return i
}

// A Timeline holds what is still to happen.
type Timeline struct {
	now   Instant
	seq   uint64
	queue queue
}

// New gives an empty timeline at an instant.
func New(start Instant) *Timeline { return &Timeline{now: start} }

// Now gives the present instant. While a deed runs it is the deed's own.
func (t *Timeline) Now() Instant { return t.now }

// At schedules a deed. One for an instant that is past is due now.
func (t *Timeline) At(at Instant, owner int64, do func()) {
	t.seq++
	heap.Push(&t.queue, deed{at: max(at, t.now), owner: owner, seq: t.seq, do: do})
}

// After schedules a deed d from now.
func (t *Timeline) After(d time.Duration, owner int64, do func()) { t.At(t.now.Add(d), owner, do) }

// Next gives the instant of the earliest deed, and false when there is none.
func (t *Timeline) Next() (Instant, bool) {
	if len(t.queue) == 0 {
		return 0, false
	}
	return t.queue[0].at, true
}

// RunTo runs all deeds due up to an instant, those included that they schedule
// themselves, and leaves the timeline at that instant. Time never goes back.
func (t *Timeline) RunTo(at Instant) {
	for len(t.queue) > 0 && t.queue[0].at <= at {
		d := heap.Pop(&t.queue).(deed)
		t.now = d.at
		d.do()
	}
	t.now = max(t.now, at)
}

type deed struct {
	at    Instant
	owner int64
	seq   uint64
	do    func()
}

type queue []deed

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.owner != b.owner {
		return a.owner < b.owner
	}
	return a.seq < b.seq
}

func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *queue) Push(x any) { *q = append(*q, x.(deed)) }

func (q *queue) Pop() any {
	old := *q
	d := old[len(old)-1]
	old[len(old)-1] = deed{}
	*q = old[:len(old)-1]
	return d
}
