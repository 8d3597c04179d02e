package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
)

// answers is the name of the queue that comes first. No device is called so.
const answers = ""

// inbox is the queues of what waits. Anybody puts, the engine alone takes.
type inbox struct {
	work *clock.Work
	news chan struct{} // holds one when something may wait
	done chan struct{} // closed when nothing is taken any more

	mu     sync.Mutex
	queues map[string]chan event.Input
	order  []chan event.Input // of devices, in the order they first spoke
	first  chan event.Input   // of answers
	turn   int                // whose turn it is in order
	ended  bool
	nudges int // in hand
	stop   sync.Once
}

func newInbox(work *clock.Work) *inbox {
	first := make(chan event.Input, MaxQueue)
	return &inbox{
		work: work, news: make(chan struct{}, 1), done: make(chan struct{}), first: first,
		queues: map[string]chan event.Input{answers: first},
	}
}

// put waits for room in the queue of a name.
func (b *inbox) put(ctx context.Context, name string, in event.Input) error {
	q, err := b.queue(name)
	if err != nil {
		return err
	}
	b.work.Begin()
	select {
	case q <- in:
		b.signal()
		return nil
	case <-b.done:
		err = ErrStopped
	case <-ctx.Done():
		err = ctx.Err()
	}
	b.work.End()
	return err
}

// offer puts where there is room at once, and reports whether there was.
func (b *inbox) offer(name string, in event.Input) bool {
	q, err := b.queue(name)
	if err != nil {
		return false
	}
	b.work.Begin()
	select {
	case q <- in:
		b.signal()
		return true
	default:
		b.work.End()
		return false
	}
}

func (b *inbox) queue(name string) (chan event.Input, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return nil, ErrStopped
	}
	if q, ok := b.queues[name]; ok {
		return q, nil
	}
	if len(b.queues) > MaxQueues {
		return nil, fmt.Errorf("engine: %s is one device too many, %d report already", name, MaxQueues)
	}
	q := make(chan event.Input, MaxQueue)
	b.queues[name] = q
	b.order = append(b.order, q)
	return q, nil
}

// nudge has the engine look when time next matters. Until it has, there is work
// in hand: a peer's clock must not run past that time.
func (b *inbox) nudge() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return
	}
	b.nudges++
	b.work.Begin()
	b.signal()
}

// nudged gives what the engine does when it has looked.
func (b *inbox) nudged() (looked func()) {
	b.mu.Lock()
	n := b.nudges
	b.nudges = 0
	b.mu.Unlock()
	return func() {
		for range n {
			b.work.End()
		}
	}
}

// signal says that something may wait.
func (b *inbox) signal() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// take adds what waits to group, up to limit inputs: answers first, then one of
// each device in turn.
func (b *inbox) take(group []event.Input, limit int) []event.Input {
	for len(group) < limit {
		in, ok := poll(b.first)
		if !ok {
			break
		}
		group = append(group, in)
	}
	b.mu.Lock()
	order := b.order
	b.mu.Unlock()
	for idle := 0; idle < len(order) && len(group) < limit; {
		in, ok := poll(order[b.turn%len(order)])
		b.turn = (b.turn + 1) % len(order)
		if !ok {
			idle++
			continue
		}
		idle = 0
		group = append(group, in)
	}
	return group
}

func poll(q chan event.Input) (event.Input, bool) {
	select {
	case in := <-q:
		return in, true
	default:
		return nil, false
	}
}

// end lets everybody go who waits to put, and drops what was not taken.
func (b *inbox) end() {
	b.stop.Do(func() {
		b.mu.Lock()
		b.ended = true
		b.mu.Unlock()
		close(b.done)
	})
	b.nudged()()
	for range b.take(nil, int(^uint(0)>>1)) {
		b.work.End()
	}
}
