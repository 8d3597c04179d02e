package core_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestMoneyUnderFaults sends one shopper through a store whose processor can do
// anything or little, and loses, delays, keeps and repeats its answers, refuses,
// declines and undoes. Whatever happens, the witness's books show that what was
// carried out is paid once, or noted as a debt, or the store's by its policy;
// that no hold is left; and that nobody ever paid more than that.
func TestMoneyUnderFaults(t *testing.T) {
	said := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		n := newNarrator(t)
		w := &witness{rt: rt, kept: map[string]*kept{}, blind: map[string]bool{}, calm: n.now, said: said, faults: rapid.IntRange(0, 25).Draw(rt, "faults"), caps: anyCaps(rt)}
		w.declines = rapid.IntRange(0, 3).Draw(rt, "declines")
		w.failing = rapid.IntRange(0, 1).Draw(rt, "failing")
		w.refusing = rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "refusing")
		takes := rapid.Bool().Draw(rt, "takes")
		enters := rapid.Bool().Draw(rt, "enters")
		d := *n.state.Definition
		d.Store.Devices = slices.Clone(d.Store.Devices)
		for i := range d.Store.Devices {
			if d.Store.Devices[i].Class == storedef.ClassPayment {
				d.Store.Devices[i].Processing = &w.caps
			}
		}
		rules := &d.Store.Settlement
		rules.Hold = money.New(rapid.SampledFrom([]int64{100, 160, 3000}).Draw(rt, "hold"), "EUR")
		rules.OverCapture = 150_000
		rules.Rest = rapid.SampledFrom(storedef.Rests()).Draw(rt, "rest")
		rules.Retry = []time.Duration{time.Hour, 24 * time.Hour}[:rapid.IntRange(0, 2).Draw(rt, "retries")]
		n.step(d)
		n.do("tap palm-1")
		visited := n.live(rt, w, enters, takes)
		want := int64(0)
		if visited && takes {
			want = 180
		}
		w.check(rt, n, want)
	})
	for _, f := range []string{"act_lost", "late", "error", "act_error", "crash"} {
		if said[f] == 0 {
			t.Errorf("no %s in all runs: the test says little", f)
		}
	}
}

// live plays until nothing is left to do, and reports whether the shopper went
// in.
func (n *narrator) live(rt *rapid.T, w *witness, enters, takes bool) (visited bool) {
	over := n.now
	for range 1500 {
		w.tick(n.now)
		if visited || !enters {
			w.prompt(n, over)
		}
		if w.taken() > 180 {
			rt.Fatalf("%d taken of a basket of 180", w.taken())
		}
		if p := n.state.Pending(); len(p) > 0 {
			n.now = n.now.Add(time.Duration(rapid.IntRange(1, 3000).Draw(rt, "latency")) * time.Millisecond)
			w.tick(n.now)
			ans, twice := w.respond(p[0], n.now)
			n.step(ans)
			if twice {
				n.step(ans)
			}
			n.notices(rt, w, p[0])
			continue
		}
		if !visited && enters && admitted(n) {
			visited = true
			n.visit(takes)
			over = n.now
			continue
		}
		wake, ok := n.state.Wake()
		if n.unresolved() && !ok {
			break
		}
		if !ok || n.state.Open() == 0 && wake.After(n.now.Add(26*time.Hour)) {
			break
		}
		n.now = wake
		w.tick(n.now)
		n.step(event.Time{})
	}
	return visited
}

// notices has the processor say what it did, twice, or undo a capture and say
// that.
func (n *narrator) notices(rt *rapid.T, w *witness, a event.Ask) {
	h := w.find(a.Reference)
	if a.Operation != event.OpCapture || h == nil || h.captures == 0 || h.undone > 0 {
		return
	}
	in := event.Notice{Device: a.Device, ID: "n-" + a.ID, Reference: h.capRf, Key: h.captureKey, Kind: event.NoticeCaptured}
	if w.failing > 0 && n.sureOf(a) {
		w.failing--
		h.undone++
		in.Kind = event.NoticeCaptureFailed
	}
	for range rapid.IntRange(1, 2).Draw(rt, "notices") {
		n.step(in)
	}
}

// sureOf reports whether the core has heard that a capture was made: what is
// undone before is only a refusal.
func (n *narrator) sureOf(a event.Ask) bool {
	for _, all := range []map[string]*settlement.Payment{n.state.Settlement.Payments, n.state.Settlement.Sales} {
		if p := all[a.Session]; p != nil && p.Holds[max(0, a.Hold-1)].Captured != nil {
			return true
		}
	}
	return false
}

// check compares the witness's books with the core's.
func (w *witness) check(rt *rapid.T, n *narrator, want int64) {
	if n.unresolved() { // a person sees to it: nothing is sent, and nobody pays too much
		if w.caps.LookupByKey {
			rt.Fatalf("what can be looked up is said to be beyond finding out")
		}
		return
	}
	if open := n.state.Open(); open != 0 {
		p, _ := json.Marshal(n.state.Settlement.Payments)
		rt.Fatalf("%d sessions never closed; pending %v; %s", open, n.state.Pending(), p)
	}
	for _, h := range w.holds {
		if h.live(n.now) {
			rt.Fatalf("hold %s of %d for %q stands and nobody sees to it", h.ref, h.held, h.what)
		}
	}
	id := n.idOf("s1")
	var owes, borne int64
	for _, d := range n.state.Entry.DebtsOf("palm-1") {
		owes += d.Amount.Minor
	}
	if p := n.state.Settlement.Sales[id]; p != nil {
		borne = p.Balance[settlement.StoreCost].Minor
		if clearing := p.Balance[settlement.Clearing].Minor; clearing != w.taken() {
			rt.Fatalf("the books say %d taken, the processor %d", clearing, w.taken())
		}
	} else if w.taken() != 0 {
		rt.Fatalf("%d taken of a session that nothing is kept of", w.taken())
	}
	if w.taken()+owes+borne != want {
		rt.Fatalf("want %d: %d taken, %d owed, %d borne by the store", want, w.taken(), owes, borne)
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
