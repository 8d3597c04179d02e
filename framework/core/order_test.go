package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// TestReviewAtTheDeadline has staff charge a pending line at the very instant at
// which it ends in the shopper's favour, before the host has noticed the time:
// it is over.
func TestReviewAtTheDeadline(t *testing.T) {
	for name, early := range map[string]time.Duration{"just before": time.Nanosecond, "at it": 0, "after it": -time.Minute} {
		v := enters(t, func(*storedef.Store) {})
		v.moves(1, -352, "cola")
		v.do("track t1 drinks ended") // lost: nobody knows whose hand comes next
		v.skip(6 * time.Second)
		v.do("hand t9 2 take for=1s saw=water")
		v.skip(time.Second)
		v.do("weight 2 9479 for=2s")
		v.skip(4 * time.Second)
		first := v.leaves()[0]
		if len(first.Pending) != 1 || first.Pending[0].Until == nil {
			t.Fatalf("pending %+v", first.Pending)
		}
		v.now = first.Pending[0].Until.Add(-early)
		v.take(event.StaffOrder{Actor: "ana", Reason: "it is on the film", Session: v.idOf("s1"), Order: event.OrderChargePending, Lines: []event.LineRef{{Line: first.Pending[0].ID}}})
		all := v.receipts()
		last := all[len(all)-1]
		if charged := len(last.Lines) == len(first.Lines)+1; charged != (early > 0) || len(last.Pending) != 0 {
			t.Errorf("%s: %s", name, said(last))
		}
	}
}
