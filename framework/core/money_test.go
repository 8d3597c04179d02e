package core_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// witness is a processor that keeps its own books, in its own words. It loses
// answers, answers late and refuses, as it is told to.
type witness struct {
	effects map[string]string // key to what it did
	holds   int
	voided  int
	taken   int64
}

func (w *witness) act(a event.Ask) bool {
	what := fmt.Sprint(a.Operation, a.Reference, a.Amount.Minor)
	if before, ok := w.effects[a.Key]; ok {
		if before != what {
			panic("one key for two deeds: " + before + " and " + what)
		}
		return true
	}
	switch a.Operation {
	case event.OpAuthorize:
		w.holds++
	case event.OpCapture:
		if w.voided > 0 || w.taken > 0 {
			return false
		}
		w.taken = a.Amount.Minor
	case event.OpVoid:
		if w.voided > 0 || w.taken > 0 {
			return false
		}
		w.voided++
	default:
		return true
	}
	w.effects[a.Key] = what
	return true
}

// TestMoneyUnderFaults sends one shopper through a store whose processor loses,
// delays and repeats its answers. Whatever happens, the witness's books show
// one hold, and one capture of the receipt's total or one release.
func TestMoneyUnderFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := newNarrator(t)
		w := &witness{effects: map[string]string{}}
		takes := rapid.Bool().Draw(rt, "takes")
		enters := rapid.Bool().Draw(rt, "enters")
		faults := 0
		n.do("tap palm-1")
		visited := false
		for range 400 {
			if p := n.state.Pending(); len(p) > 0 {
				n.respond(rt, w, p[0], &faults)
				continue
			}
			if !visited && enters && admitted(n) {
				visited = true
				n.visit(takes)
				continue
			}
			wake, ok := n.state.Wake()
			if !ok {
				break
			}
			n.now = wake
			n.step(event.Time{})
		}
		if open := n.state.Open(); open != 0 {
			rt.Fatalf("%d sessions never closed; pending %v", open, n.state.Pending())
		}
		want := int64(0)
		if visited && takes {
			want = 180
		}
		if w.taken != want || w.holds > 1 || w.holds == 1 && want == 0 && w.voided != 1 {
			rt.Fatalf("visited %v, takes %v: %d holds, %d voided, %d taken, want %d taken", visited, takes, w.holds, w.voided, w.taken, want)
		}
	})
}

// respond answers an ask, with a fault now and then; after twenty the
// processor is well again, so that the story ends.
func (n *narrator) respond(rt *rapid.T, w *witness, a event.Ask, faults *int) {
	n.now = n.now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "latency")) * time.Millisecond)
	fault := "none"
	if *faults < 20 {
		fault = rapid.SampledFrom([]string{"none", "none", "act_lost", "lost", "unavailable", "twice", "lookup_fails"}).Draw(rt, "fault")
	}
	if fault != "none" {
		*faults++
	}
	ans := event.Answer{ID: a.ID, Outcome: event.OutcomeUnknown, Message: fault}
	switch {
	case a.Operation == event.OpAdmit:
		ans.Outcome = event.OutcomeDone
	case fault == "lost", a.Operation == event.OpLookup && fault == "lookup_fails":
	case fault == "act_lost" && a.Operation != event.OpLookup:
		w.act(a)
	case fault == "unavailable":
		ans.Outcome = event.OutcomeUnavailable
	case a.Operation == event.OpLookup:
		ans.Outcome, ans.Found = event.OutcomeDone, event.FoundNothing
		if _, ok := w.effects[a.Key]; ok {
			ans.Found, ans.Reference, ans.Amount = event.FoundDone, "r", a.Amount
		}
	default:
		ans.Outcome, ans.Reference, ans.Amount = event.OutcomeRefused, "r", a.Amount
		if w.act(a) {
			ans.Outcome = event.OutcomeDone
		}
	}
	n.step(ans)
	if fault == "twice" {
		n.step(ans)
	}
}

func admitted(n *narrator) bool {
	for _, id := range n.state.Entry.Live {
		if n.state.Entry.Sessions[id].Stage == "admitting" {
			return true
		}
	}
	return false
}

// visit lets the shopper in, take a cola or not, and leave.
func (n *narrator) visit(takes bool) {
	n.do("pass in for_session=s1")
	n.do("track t1 entrance began")
	n.skip(4 * time.Second)
	n.do("track t1 drinks present")
	if takes {
		n.skip(4 * time.Second)
		n.do("hand t1 1 take for=1s saw=cola")
		n.skip(time.Second)
		n.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.Between(n.now.Add(-2*time.Second), n.now), Bay: 1,
			Mass: 10*measure.Kilogram - 352*measure.Gram, Deviation: measure.Gram})
	}
	n.skip(10 * time.Second)
	n.do("pass out")
	n.do("track t1 entrance ended")
}

// skip lets time pass while nothing else happens.
func (n *narrator) skip(d time.Duration) { n.at(n.now.Add(d).Sub(morning).String()) }

// TestHoldTooSmall takes what the hold does not cover, of a processor that can't
// raise it: the hold is captured, and the rest is charged by another, or is the
// store's where it says so.
func TestHoldTooSmall(t *testing.T) {
	for rest, want := range map[storedef.Rest]int64{storedef.RestCharged: 80, storedef.RestBorne: 0} {
		n := newNarrator(t)
		d := *n.state.Definition
		d.Store.Settlement.Hold = money.New(100, "EUR")
		d.Store.Settlement.Rest = rest
		n.step(d)
		n.do("tap palm-1")
		n.do("answer authorize done")
		n.do("answer admit done")
		n.visit(true)
		n.skip(5 * time.Second)
		asked := n.state.Pending()
		if len(asked) != 1 || asked[0].Operation != event.OpCapture || asked[0].Amount.Minor != 100 {
			t.Fatalf("%s: asked %+v, want a capture of the hold of 1.00", rest, asked)
		}
		n.do("answer capture done")
		if want > 0 {
			asked = n.state.Pending()
			if len(asked) != 1 || asked[0].Operation != event.OpAuthorize || asked[0].Amount.Minor != want || asked[0].Hold != 2 {
				t.Fatalf("%s: asked %+v, want a hold of the rest of 0.80", rest, asked)
			}
			n.do("answer authorize done")
			n.do("answer capture done")
		}
		if n.state.Open() != 0 {
			t.Errorf("%s: the session did not close", rest)
		}
	}
}
