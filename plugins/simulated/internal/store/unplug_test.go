package store_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/fakehost"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// A device whose power is taken away is gone, can't be opened, and holds nobody
// up; when the power is back, in the world's time, it can be opened again.
func TestUnplug(t *testing.T) {
	const shelf = "weight_shelf.fresh"
	opt := defaults(t)
	opt.Shoppers, opt.Grace, opt.Speed = 40, 200*time.Millisecond, 200
	w := start(t, opt)
	sc := loadCorner(t)
	h, err := fakehost.Start(t.Context(), w.address, sc, fakehost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hand, err := wire.Dial(t.Context(), w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	say := func(m wire.FromClient) (a wire.ToClient) {
		t.Helper()
		if err := hand.Write(m); err != nil {
			t.Fatal(err)
		}
		if err := hand.Read(&a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	if a := say(wire.FromClient{Hello: wire.HelloHand}); a.Hello != wire.HelloHand {
		t.Fatalf("hello: %+v", a)
	}
	waitFor(t, h, len(h.Seen())+100)
	h.Device(shelf).Drop() // as a device does whose power goes
	if a := say(wire.FromClient{Unplug: shelf, ForUS: (5 * time.Minute).Microseconds()}); a.Unplugged != shelf {
		t.Fatalf("unplug: %+v", a)
	}
	open := func() error {
		c, err := wire.Dial(t.Context(), w.address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var a wire.ToClient
		if err := c.Write(wire.FromClient{Hello: wire.HelloDevice, Device: shelf, Class: sc.Devices()[shelf]}); err != nil {
			t.Fatal(err)
		}
		if err := c.Read(&a); err != nil {
			t.Fatal(err)
		}
		return a.Error.Err()
	}
	if err := open(); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("opened without power: %v", err)
	}
	before := len(h.Seen())
	for len(h.Seen()) < before+20 { // the clock does not wait for it
		<-h.News()
	}
	for err := open(); err != nil; err = open() { // and its power comes back while the others go on
		if fault.CodeOf(err) != fault.Unavailable {
			t.Fatal(err)
		}
		<-h.News()
	}
	if err := h.Connect(t.Context(), shelf, sc.Devices()[shelf]); err != nil {
		t.Fatal(err)
	}
	waitIdle(t, h)
	if a := say(wire.FromClient{Unplug: "gate.none", ForUS: 1}); a.Error.Err() == nil {
		t.Error("a device that is not there was unplugged")
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(truth(t, opt)); n != 40 {
		t.Errorf("%d of 40 visits ended", n)
	}
}
