package core_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
)

// TestRefundsUnderFaults orders refunds and disputes in any order, repeats them,
// and loses, refuses and delays their answers. Whatever happens no more is ever
// given back than was captured, each order moves at most once, and the receipt
// is what was captured less what was given back.
func TestRefundsUnderFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := newNarrator(t)
		n.do("enter palm-1")
		n.do("buys s1 t1 units=3")
		n.do("answer capture done")
		given := map[string]int64{} // by key, as the processor's own books have it
		sum := func() (all int64) {
			for _, minor := range given {
				all += minor
			}
			return all
		}
		settle := func(faults bool) {
			for _, a := range n.state.Pending() {
				ans := event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Amount: a.Amount, Reference: "ref-" + a.Key}
				kind := "done"
				if faults {
					kind = rapid.SampledFrom([]string{"done", "act_lost", "lost", "refused", "unavailable"}).Draw(rt, "answer")
				}
				_, made := given[a.Key]
				switch {
				case a.Operation == event.OpLookup:
					if ans.Found = event.FoundNothing; made {
						ans.Found = event.FoundDone
					} else {
						ans.Amount, ans.Reference = nil, ""
					}
				case kind == "lost":
					ans = event.Answer{ID: a.ID, Outcome: event.OutcomeUnknown}
				case kind == "refused" && !made:
					ans = event.Answer{ID: a.ID, Outcome: event.OutcomeRefused}
				case kind == "unavailable":
					ans = event.Answer{ID: a.ID, Outcome: event.OutcomeUnavailable}
				default:
					given[a.Key] = a.Amount.Minor
					if kind == "act_lost" {
						ans = event.Answer{ID: a.ID, Outcome: event.OutcomeUnknown}
					}
				}
				n.step(ans)
				if sum() > 540 {
					rt.Fatalf("%d given back of 540", sum())
				}
			}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "orders") {
			id := rapid.IntRange(1, 5).Draw(rt, "id")
			switch rapid.SampledFrom([]string{"lines", "amount", "all", "dispute", "time"}).Draw(rt, "order") {
			case "lines":
				n.do(fmt.Sprintf("staff refund s1 id=r%d lines=1:%d", id, rapid.IntRange(1, 3).Draw(rt, "units")))
			case "amount":
				n.do(fmt.Sprintf("staff refund s1 id=r%d amount=%d", id, rapid.IntRange(1, 600).Draw(rt, "minor")))
			case "all":
				n.do(fmt.Sprintf("staff refund s1 id=r%d", id))
			case "dispute":
				n.do(fmt.Sprintf("staff dispute s1 id=d%d lines=1:1 by=shopper", id))
			case "time":
				n.skip(90e9)
			}
			settle(true)
		}
		for range 20 {
			settle(false)
			n.skip(600e9)
		}
		p := n.state.Settlement.Sales[n.idOf("s1")]
		if got := p.Balance[settlement.Clearing].Minor; got != 540-sum() {
			rt.Fatalf("the books say that %d is left, the processor %d", got, 540-sum())
		}
		if p.Sold.Total.Minor != 540-sum() {
			rt.Fatalf("the receipt says %s, the processor %d", p.Sold.Total, 540-sum())
		}
	})
}
