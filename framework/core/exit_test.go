package core_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

var deviceStates = []event.DeviceState{event.StateUnconfigured, event.StateClaiming, event.StateReady, event.StateDegraded, event.StateOffline,
	event.StateFailed, event.StateQuarantined, event.StateClosing}

// roller is a store in which devices go in and out of every state, under every
// policy.
type roller struct {
	*narrator
	r     *rand.Rand
	facts []event.Fact
}

func (n *roller) take(in event.Input) {
	facts := core.Step(n.state, n.now, in)
	for _, f := range facts {
		if o, ok := f.(event.SessionOpened); ok {
			n.names[o.Session] = fmt.Sprintf("s%d", len(n.names)+1)
		}
	}
	n.facts = append(n.facts, facts...)
}

// pass lets time pass, with the wakes that the core wants.
func (n *roller) pass(d time.Duration) {
	end := n.now.Add(d)
	for {
		w, ok := n.state.Wake()
		if !ok || w.After(end) {
			break
		}
		if w.After(n.now) {
			n.now = w
		}
		n.take(event.Time{})
	}
	n.now = end
}

// roll puts every device into some state, or has the host stop and go on.
func (n *roller) roll() {
	for _, d := range n.state.Definition.Store.Devices {
		if n.r.IntN(2) == 0 {
			continue
		}
		if n.r.IntN(3) == 0 {
			n.epoch[d.Address]++
			n.seq[d.Address] = 0
		}
		n.take(event.DeviceStatus{Device: d.Address, Epoch: n.epoch[d.Address], State: deviceStates[n.r.IntN(len(deviceStates))]})
	}
	if n.r.IntN(4) == 0 {
		n.take(event.Resumed{Until: n.now.Add(time.Second)})
		n.now = n.now.Add(time.Second)
	}
}

func (n *roller) report(device string, o observe.Evidence) {
	n.seq[device]++
	n.take(event.Evidence{Device: device, Serial: observe.Serial{Epoch: n.epoch[device], Seq: n.seq[device]}, Observed: o})
}

func (n *roller) adoptAny() {
	s := testStore()
	some := func(c storedef.Class) storedef.Reaction {
		all := storedef.Reactions(c)
		return all[n.r.IntN(len(all))]
	}
	s.Failure = storedef.Failure{Entry: some(storedef.ClassGate), Shelf: some(storedef.ClassWeightShelf), Camera: some(storedef.ClassCamera),
		RFID: some(storedef.ClassRFIDReader), Reader: some(storedef.ClassCredentialReader), Payment: some(storedef.ClassPayment)}
	s.Settlement.Offline = &storedef.Offline{PerSale: money.New(500, "EUR"), Total: money.New(int64(500+n.r.IntN(1500)), "EUR"), For: time.Hour}
	n.take(event.Definition{Store: s, Salt: "salt", Digest: fmt.Sprint(n.r.Uint64())})
}

func of[F event.Fact](facts []event.Fact) (out []F) {
	for _, f := range facts {
		if f, ok := f.(F); ok {
			out = append(out, f)
		}
	}
	return out
}

// TestExitsAreFree lets somebody in, has devices go through any states under any
// policy, and lets them out: the exit counts at once, the visit ends, the cart
// closes and the receipt is there, whatever is down. Nothing is ever asked of a
// gate but to let somebody in.
func TestExitsAreFree(t *testing.T) {
	seeds := uint64(200)
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		n := &roller{narrator: newNarrator(t), r: rand.New(rand.NewPCG(seed, 1))}
		n.inside("palm-1", "s1", "t1")
		n.adoptAny()
		for range 1 + n.r.IntN(4) {
			n.roll()
			n.pass(time.Duration(n.r.IntN(9000)) * time.Millisecond)
		}
		n.facts = nil
		n.report("gate.north", observe.Passage{Interval: observe.At(n.now), Direction: observe.DirectionOut})
		if len(of[event.ExitSeen](n.facts)) != 1 {
			t.Fatalf("seed %d: the exit was withheld", seed)
		}
		if n.r.IntN(2) == 0 {
			n.roll()
		}
		if n.state.Entry.Serving("camera.ceiling") { // a camera that works sees them off
			n.report("camera.ceiling", observe.Presence{Interval: observe.At(n.now), Track: "t1", Zone: "zone.entrance", Phase: observe.PhaseEnded})
		}
		n.pass(20 * time.Second)
		left, frozen, receipts := of[event.SessionEnded](n.facts), of[event.CartFrozen](n.facts), of[event.ReceiptIssued](n.facts)
		if len(left) != 1 || left[0].Ending != event.EndedLeft || len(frozen) != 1 || len(receipts) == 0 {
			t.Fatalf("seed %d: ended %v, frozen %d, receipts %d", seed, left, len(frozen), len(receipts))
		}
		for _, a := range n.state.Pending() {
			switch a.Operation {
			case event.OpAdmit, event.OpAuthorize, event.OpCapture, event.OpVoid, event.OpRefund, event.OpLookup:
			default:
				t.Fatalf("seed %d: %s is asked of %s", seed, a.Operation, a.Device)
			}
		}
	}
}

// TestOfflineIsBounded has many people come, with the processor going up and
// down: what is unpaid of visits without a hold never goes above the limit that
// was in force when the last was let in (M15), whoever is let in while it is
// down has such a visit, and all settle in the end.
func TestOfflineIsBounded(t *testing.T) {
	admitted := 0
	seeds := uint64(100)
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		n := &roller{narrator: newNarrator(t), r: rand.New(rand.NewPCG(seed, 2))}
		s := testStore()
		s.Failure.Payment = storedef.ReactOffline
		limits := storedef.Offline{PerSale: money.New(500, "EUR"), Total: money.New(int64(500+n.r.IntN(2000)), "EUR"), For: time.Hour}
		s.Settlement.Offline = &limits
		n.take(event.Definition{Store: s, Salt: "salt", Digest: "other"})
		for i := range 60 {
			if n.r.IntN(4) == 0 {
				n.take(event.DeviceStatus{Device: "payment.cards", Epoch: 1, State: []event.DeviceState{event.StateReady, event.StateOffline}[n.r.IntN(2)]})
			}
			before := len(n.facts)
			n.report("credential_reader.palm", observe.Credential{Interval: observe.At(n.now), Token: fmt.Sprint("p", i), Method: observe.MethodPalm, Quality: 999_000, Bodies: 1})
			for _, o := range of[event.SessionOpened](n.facts[before:]) {
				if (o.Offline == nil) != n.state.Entry.Serving("payment.cards") {
					t.Fatalf("seed %d: %+v while the processor serves: %v", seed, o, n.state.Entry.Serving("payment.cards"))
				}
				if o.Offline != nil {
					admitted++
					n.report("gate.north", observe.Passage{Interval: observe.At(n.now), Direction: observe.DirectionIn, Admission: of[event.AdmissionGiven](n.facts[before:])[0].Admission})
				}
			}
			if over, err := n.state.Entry.Exposure("EUR").Cmp(limits.Total); err != nil || over > 0 {
				t.Fatalf("seed %d: %s is at risk", seed, n.state.Entry.Exposure("EUR"))
			}
			n.pass(time.Duration(n.r.IntN(8000)) * time.Millisecond)
			n.settleSome()
		}
		n.take(event.DeviceStatus{Device: "payment.cards", Epoch: 1, State: event.StateReady})
		n.pass(time.Hour)
		for len(n.state.Pending()) > 0 {
			n.settleSome()
			n.pass(time.Second)
		}
		if e := n.state.Entry.Exposure("EUR"); !e.IsZero() || n.state.Open() != 0 {
			t.Fatalf("seed %d: %s at risk, %d open", seed, e, n.state.Open())
		}
	}
	if admitted < int(seeds) {
		t.Errorf("only %d came in without a hold: the test says little", admitted)
	}
}

// settleSome answers what is asked, as a processor that is up would, with a
// refusal now and then.
func (n *roller) settleSome() {
	for _, a := range n.state.Pending() {
		ans := event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "r", Amount: a.Amount}
		if a.Operation == event.OpAuthorize && n.r.IntN(3) == 0 {
			ans = event.Answer{ID: a.ID, Outcome: event.OutcomeRefused, Message: "no funds"}
		}
		if a.Operation == event.OpAdmit || n.state.Entry.Serving("payment.cards") {
			n.take(ans)
		}
	}
}
