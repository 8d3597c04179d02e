package dispatch

import (
	"fmt"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
)

// fleet is several devices, of which some hang and some are away.
type fleet map[string]*world

func (f fleet) Gate(address string) (Gate, error) { return f[address], f[address].absent }

func (f fleet) Reader(string) (Reader, bool, error) {
	return nil, false, fault.New(fault.Invalid, "there is no reader")
}

func (f fleet) Payment(address string) (Payment, error) {
	return f[address], f[address].absent
}

// Devices that hang with all that they may have under way, and devices that are
// away, hold up nobody: no lock is held across a call.
func TestOutageHoldsUpNobody(t *testing.T) {
	hung, away, fine := newWorld(), newWorld(), newWorld()
	hung.hold = true
	away.absent = fault.New(fault.Unavailable, "its plugin is being restarted")
	r := newRigOf(t, fleet{"payment.hung": hung, "gate.hung": hung, "payment.away": away, "gate.away": away, "payment.cards": fine, "gate.north": fine})
	at := func(a event.Ask, device string) event.Ask { a.ID, a.Device = a.ID+"@"+device, device; return a }
	const all = MaxPayments + 10
	for n := range all {
		r.Send(at(pay(event.OpAuthorize, fmt.Sprint("h", n)), "payment.hung"), false)
	}
	r.Send(at(admit("h"), "gate.hung"), false)
	r.Send(at(admit("h2"), "gate.hung"), false)
	for range MaxPayments + 1 { // as many as may be, and one at the gate
		<-hung.arrived
	}
	for n := range 20 { // all the while
		r.Send(pay(event.OpCapture, fmt.Sprint("f", n)), false)
		r.Send(admit(fmt.Sprint("f", n)), false)
		r.Send(at(pay(event.OpVoid, fmt.Sprint("a", n)), "payment.away"), false)
		got := map[event.Outcome]int{}
		for range 3 {
			got[(<-r.answers).Outcome]++
		}
		if got[event.OutcomeDone] != 2 || got[event.OutcomeUnavailable] != 1 {
			t.Fatalf("round %d: %v", n, got)
		}
	}
	if n := r.InHand(); n != all+2 {
		t.Errorf("%d asks in hand, want %d", n, all+2)
	}
	// Away is over: the next ask is answered as if nothing had been.
	away.absent = nil
	r.Send(at(pay(event.OpVoid, "back"), "payment.away"), false)
	if a := <-r.answers; a.Outcome != event.OutcomeDone {
		t.Errorf("back again: %+v", a)
	}
	// The hung ones end by their deadline, each with one answer, unknown.
	for i, wave := range []int{MaxPayments + 1, all - MaxPayments + 1} {
		if i > 0 {
			for range wave {
				<-hung.arrived
			}
		}
		r.clock.Advance(morning.Add(time.Duration(i+1) * PaymentWithin))
		for range wave {
			if a := <-r.answers; a.Outcome != event.OutcomeUnknown {
				t.Errorf("hung: %+v", a)
			}
		}
	}
	if n := r.InHand(); n != 0 {
		t.Errorf("%d left in hand", n)
	}
}
