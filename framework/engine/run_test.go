package engine

import (
	"fmt"
	"testing"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/journal"
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
