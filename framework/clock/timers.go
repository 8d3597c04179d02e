package clock

import (
	"container/heap"
	"sync"
	"time"
)

// timers is a clock that somebody else moves.
type timers struct {
	mu    sync.Mutex
	now   time.Time
	queue timerQueue
	order uint64
	// sooner, where there is one, holds something once a timer was set that is due
	// before all others.
	sooner chan struct{}
}

type timer struct {
	at    time.Time
	order uint64
	f     func()
	index int // in the queue; -1 when it is not there
}

func (t *timers) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *timers) AfterFunc(at time.Time, f func()) (stop func() bool) {
	t.mu.Lock()
	if !at.After(t.now) {
		t.mu.Unlock()
		f()
		return func() bool { return false }
	}
	t.order++
	tm := &timer{at: at, order: t.order, f: f}
	heap.Push(&t.queue, tm)
	if tm.index == 0 {
		select {
		case t.sooner <- struct{}{}:
		default:
		}
	}
	t.mu.Unlock()
	return func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		if tm.index < 0 {
			return false
		}
		heap.Remove(&t.queue, tm.index)
		return true
	}
}

// next is when the earliest timer is due.
func (t *timers) next() (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		return time.Time{}, false
	}
	return t.queue[0].at, true
}

// advance moves the time on and calls what is due, earliest first. A time that
// has passed already changes nothing.
func (t *timers) advance(to time.Time) {
	t.mu.Lock()
	if to.After(t.now) {
		t.now = to
	}
	for len(t.queue) > 0 && !t.queue[0].at.After(t.now) {
		tm, _ := heap.Pop(&t.queue).(*timer)
		t.mu.Unlock()
		tm.f()
		t.mu.Lock()
	}
	t.mu.Unlock()
}

// timerQueue is a heap of timers, by time and then by age.
type timerQueue []*timer

func (q timerQueue) Len() int { return len(q) }

func (q timerQueue) Less(i, j int) bool {
	if c := q[i].at.Compare(q[j].at); c != 0 {
		return c < 0
	}
	return q[i].order < q[j].order
}

func (q timerQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *timerQueue) Push(x any) {
	tm, _ := x.(*timer)
	tm.index = len(*q)
	*q = append(*q, tm)
}

func (q *timerQueue) Pop() any {
	old := *q
	tm := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	tm.index = -1
	return tm
}
