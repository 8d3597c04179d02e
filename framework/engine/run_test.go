package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// Whoever sees the engine with nothing in hand sees its alarm set: a peer's
// clock moves on by no more than that says.
func TestQuietHasItsAlarmSet(t *testing.T) {
	r := newRig(t, journal.Memory(), clock.NewManual(morning)).start()
	r.put(ready("gate.north"))
	r.put(ready("payment.cards"))
	r.settle()
	for n := range uint64(300) {
		r.clock.Advance(morning.AddDate(0, 0, int(n)))
		r.settle()
		now := r.clock.Now()
		r.put(tap(n+1, fmt.Sprintf("tok-%d", n), now))
		for busy := 1; busy > 0; { // the first moment that a peer could use
			busy, _ = r.work.Now()
		}
		if at, ok := r.clock.Next(); !ok || !at.After(now) {
			t.Fatalf("round %d: a visit waits for the time and no alarm is set", n)
		}
	}
}

// slowJournal holds a group back until it is let go.
type slowJournal struct {
	journal.Journal
	held chan struct{} // told that a group is being written
	let  chan error
}

func (j *slowJournal) Append(at []journal.Draft) ([]journal.Entry, error) {
	j.held <- struct{}{}
	if err := <-j.let; err != nil {
		return nil, err
	}
	return j.Journal.Append(at)
}

// While a group is written the next is stepped, and is one group however much
// comes; nobody hears of either before it is durable, nor ever where it fails.
func TestGroupsGatherWhileOneIsWritten(t *testing.T) {
	for _, fails := range []bool{false, true} {
		j := &slowJournal{Journal: journal.Memory(), held: make(chan struct{}), let: make(chan error)}
		acks := make(chan uint64, 100)
		work := &clock.Work{}
		e := New(Options{Journal: j, Clock: clock.NewManual(morning), Work: work, Ack: func(_ string, _, seq uint64) { acks <- seq }})
		ready := make(chan error, 1)
		go func() { ready <- e.Recover(storedef.Store{Name: "slow", Currency: "EUR", Timezone: "UTC"}, "d") }()
		<-j.held
		j.let <- nil
		if err := <-ready; err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- e.Run(ctx) }()
		put := func(from, to uint64) {
			for seq := from; seq <= to; seq++ {
				if err := e.Evidence(ctx, []event.Evidence{{Device: "d", Serial: observe.Serial{Epoch: 1, Seq: seq}, Observed: observe.Door{}}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		put(1, 1)
		<-j.held
		put(2, 50)
		for waiting := 1; waiting > 0; runtime.Gosched() { // until all of it is taken
			e.in.mu.Lock()
			waiting = len(e.in.queues["d"])
			e.in.mu.Unlock()
		}
		if len(acks) > 0 {
			t.Fatal("it was acknowledged before it was durable")
		}
		if fails {
			j.let <- errors.New("the disk is gone")
			if err := <-done; err == nil || len(acks) > 0 {
				t.Fatalf("%v, %d acknowledged", err, len(acks))
			}
			if busy, _ := work.Now(); busy != 0 {
				t.Errorf("%d are in hand for ever", busy)
			}
			continue
		}
		j.let <- nil
		for groups := 0; ; {
			select {
			case <-j.held:
				groups++
				j.let <- nil
				continue
			case seq := <-acks:
				if seq < 50 {
					continue
				}
			}
			if groups > 3 {
				t.Errorf("%d groups", groups)
			}
			break
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// fullJournal keeps no snapshot: the state is too large.
type fullJournal struct {
	journal.Journal
	asked int
}

func (j *fullJournal) Snapshot(uint64, []byte) error {
	j.asked++
	return journal.ErrLimit
}

// A state that is too large for a snapshot stops no store.
func TestSnapshotTooLarge(t *testing.T) {
	j := &fullJournal{Journal: journal.Memory()}
	r := newRig(t, j, clock.NewManual(morning)).start()
	r.put(ready("gate.north"))
	r.settle()
	if err := r.stop(); err != nil || j.asked == 0 {
		t.Errorf("asked %d times, %v", j.asked, err)
	}
}
