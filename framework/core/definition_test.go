package core_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// inside lets one shopper in.
func (n *narrator) inside(token, session, track string) {
	n.do("tap " + token)
	n.do("answer authorize done")
	n.do("answer admit done")
	n.do("pass in for_session=" + session)
	n.do("track " + track + " entrance began")
	n.skip(4 * time.Second)
	n.do("track " + track + " drinks present")
	n.skip(4 * time.Second)
}

// TestBayGone adopts a definition without a shelf of which a change waits to be
// explained: the change is nobody's, and the store goes on.
func TestBayGone(t *testing.T) {
	n := newNarrator(t)
	n.inside("palm-1", "s1", "t1")
	n.do("weight 1 9648 for=1s")
	d := *n.state.Definition
	d.Store.Devices = nil
	for _, v := range n.state.Definition.Store.Devices {
		if v.Class != storedef.ClassWeightShelf {
			d.Store.Devices = append(d.Store.Devices, v)
		}
	}
	d.Store.Facings = nil
	n.step(d)
	n.skip(time.Minute)
	n.do("pass out")
	n.do("track t1 entrance ended")
	n.skip(time.Minute)
	n.do("answer void done")
	if n.state.Open() != 0 {
		t.Error("the session did not close")
	}
}

// TestProcessorChanged adopts a definition with another processor while a hold
// stands: it is released where it was made.
func TestProcessorChanged(t *testing.T) {
	n := newNarrator(t)
	n.do("tap palm-1")
	n.do("answer authorize done")
	n.do("answer admit done")
	d := *n.state.Definition
	d.Store.Settlement.Processor = "payment.other"
	n.step(d)
	n.skip(time.Minute)
	asked := n.state.Pending()
	if len(asked) != 1 || asked[0].Operation != event.OpVoid || asked[0].Device != "payment.cards" {
		t.Errorf("asked %+v, want a void of payment.cards", asked)
	}
}

// TestMoved adopts a definition in which devices have other addresses: what was
// known of them goes with them, and holds are captured at the same processor.
func TestMoved(t *testing.T) {
	n := newNarrator(t)
	n.inside("palm-1", "s1", "t1")
	d := *n.state.Definition
	shelf, gate := "", ""
	d.Store.Devices = slices.Clone(d.Store.Devices)
	for i := range d.Store.Devices {
		v := &d.Store.Devices[i]
		switch v.Class {
		case storedef.ClassWeightShelf:
			shelf = v.Address
			v.Address = "weight_shelf.renamed"
			v.Bays = slices.Clone(v.Bays)
			for j := range v.Bays {
				v.Bays[j].Address = strings.Replace(v.Bays[j].Address, shelf, v.Address, 1)
			}
		case storedef.ClassGate:
			gate, v.Address = v.Address, "gate.renamed"
		case storedef.ClassPayment:
			v.Address = "payment.renamed"
		default:
			v.Serves = []string{"gate.renamed"}
		}
	}
	d.Store.Facings = slices.Clone(d.Store.Facings)
	for i := range d.Store.Facings {
		d.Store.Facings[i].At = strings.Replace(d.Store.Facings[i].At, shelf, "weight_shelf.renamed", 1)
	}
	d.Store.Settlement.Processor = "payment.renamed"
	d.Store.Moved = []storedef.Move{{From: shelf, To: "weight_shelf.renamed"}, {From: gate, To: "gate.renamed"}, {From: "payment.cards", To: "payment.renamed"}}
	known := len(n.state.Attribution.Bays)
	n.step(d)
	if len(n.state.Attribution.Bays) != known || known == 0 {
		t.Fatalf("%d bays, before %d", len(n.state.Attribution.Bays), known)
	}
	for address, b := range n.state.Attribution.Bays {
		if !strings.HasPrefix(address, "weight_shelf.renamed.bay[") || !b.Known {
			t.Errorf("%s: %+v", address, b)
		}
	}
	if v := n.state.Entry.Sessions[n.state.Entry.Live[0]]; v.Gate != "gate.renamed" || v.Bodies[0].Gate != "gate.renamed" {
		t.Errorf("session %+v", v)
	}
	n.step(d) // again: nothing is moved twice
	n.skip(40 * time.Minute)
	for _, a := range n.state.Pending() {
		if a.Device != "payment.renamed" && a.Device != "gate.renamed" {
			t.Errorf("asked of %s", a.Device)
		}
	}
}

// TestMovedChain has a gate renamed twice, while a definition in between is
// skipped, or is not, or while another gate has the name in between: whoever came
// in by it is known by where it is now, and two gates stay two.
func TestMovedChain(t *testing.T) {
	first := storedef.Move{From: "gate.north", To: "gate.second"}
	chain := []storedef.Move{{From: "gate.north", To: "gate.third", Via: []string{"gate.second"}}, {From: "gate.second", To: "gate.third"}}
	type adopted struct {
		gates []string
		moved []storedef.Move
	}
	for name, c := range map[string]struct {
		then []adopted
		want string
	}{
		"both at once":         {[]adopted{{[]string{"gate.third"}, chain}}, "gate.third"},
		"one after the other":  {[]adopted{{[]string{"gate.second"}, []storedef.Move{first}}, {[]string{"gate.third"}, chain}}, "gate.third"},
		"again":                {[]adopted{{[]string{"gate.third"}, chain}, {[]string{"gate.third"}, chain}}, "gate.third"},
		"the name was another": {[]adopted{{[]string{"gate.north", "gate.second"}, nil}, {[]string{"gate.third"}, chain}}, "gate.north"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNarrator(t)
			n.inside("palm-1", "s1", "t1")
			i := slices.IndexFunc(n.state.Definition.Store.Devices, func(v storedef.Device) bool { return v.Class == storedef.ClassGate })
			gate := n.state.Definition.Store.Devices[i]
			for _, a := range c.then {
				d := *n.state.Definition
				d.Store.Moved = a.moved
				d.Store.Devices = slices.DeleteFunc(slices.Clone(d.Store.Devices), func(v storedef.Device) bool { return v.Class == storedef.ClassGate })
				for _, address := range a.gates {
					gate.Address = address
					d.Store.Devices = append(d.Store.Devices, gate)
				}
				n.step(d)
			}
			if v := n.state.Entry.Sessions[n.state.Entry.Live[0]]; v.Gate != c.want {
				t.Errorf("the session's gate is %s, want %s", v.Gate, c.want)
			}
		})
	}
}
