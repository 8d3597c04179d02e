package core_test

import (
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
