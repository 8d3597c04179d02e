package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/fakehost"
	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

// TestUnconfirmedStands: while one report is not in the host's journal, time
// stands, whatever participants say.
func TestUnconfirmedStands(t *testing.T) {
	opt := defaults(t)
	w := start(t, opt)
	h, err := fakehost.Start(t.Context(), w.address, loadCorner(t), fakehost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	waitFor(t, h, 60)
	now := func() (at timeline.Instant) {
		err := w.store.Do(t.Context(), func(w *sim.World, _ *processor.Processor) { at = w.Now() })
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	h.Device("camera.ceiling").Silence()
	stood := func() (timeline.Instant, bool) { // two hundred looks at one time
		first := now()
		for range 200 {
			if at := now(); at != first {
				return at, false
			}
		}
		return first, true
	}
	deadline := time.Now().Add(30 * time.Second)
	at, ok := stood()
	for !ok {
		if time.Now().After(deadline) {
			t.Fatal("time goes on with a camera that confirms nothing")
		}
		at, ok = stood()
	}
	if again := now(); again != at || at > timeline.Of(opt.Start.Add(5*time.Minute)) {
		t.Errorf("time went from %v to %v", at.Time(), again.Time())
	}
}

// raw is a peer that the test plays line by line.
type raw struct {
	t    *testing.T
	conn *wire.Conn
}

func dialRaw(t *testing.T, w *world, hello wire.FromClient) raw {
	t.Helper()
	conn, err := wire.Dial(t.Context(), w.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	r := raw{t, conn}
	r.say(hello)
	r.hear()
	return r
}

func (r raw) say(m wire.FromClient) {
	r.t.Helper()
	if err := r.conn.Write(m); err != nil {
		r.t.Fatal(err)
	}
}

func (r raw) hear() (m wire.ToClient) {
	r.t.Helper()
	if err := r.conn.Read(&m); err != nil {
		r.t.Fatal(err)
	}
	return m
}

// TestSwappedAsk: a host that wakes may give up one ask and send another. Its
// number of asks is the same, and the world has heard of neither yet: it must
// ask again before it lets time go on.
func TestSwappedAsk(t *testing.T) {
	opt := defaults(t)
	opt.Shoppers, opt.Grace = 0, time.Nanosecond
	w := start(t, opt)
	cards := dialRaw(t, w, wire.FromClient{Hello: wire.HelloDevice, Device: "payment.cards", Class: "payment"})
	host := dialRaw(t, w, wire.FromClient{Hello: wire.HelloParticipant, Name: wire.Host})
	params, err := json.Marshal(wire.PaymentParams{Key: "k", Session: "s", Token: "tok", Minor: 100, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	begin := timeline.Of(opt.Start)
	wake := int64(begin.Add(processor.Latency / 3))
	cards.say(wire.FromClient{Call: 1, Method: "authorize", Params: params})
	m := host.hear()
	for ; m.AdvanceUS < wake; m = host.hear() { // the call is on its way and then here
		if m.Poll != 0 {
			host.say(wire.FromClient{Poll: m.Poll, WakeUS: &wake, Outstanding: 1})
		}
	}
	m = host.hear()
	host.say(wire.FromClient{Poll: m.Poll, Outstanding: 1})
	if again := host.hear(); again.Poll <= m.Poll {
		t.Fatalf("after the wake the world went on with %+v", again)
	}
}
