package store_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/fakehost"
	"github.com/openaisle/aisle/plugins/simulated/internal/hub"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestSameSeedSameTruth: through sockets, goroutines and all, the same seed
// gives the same truth to the microsecond, even with payments going astray.
func TestSameSeedSameTruth(t *testing.T) {
	run := func(prefix string) []hub.TruthLine {
		opt := defaults(t)
		opt.Noise, opt.PaymentFaults, opt.DeclinePPM, opt.Shoppers = "nominal", true, 100_000, 40
		visitAll(t, opt, fakehost.Options{KeyPrefix: prefix})
		return truth(t, opt)
	}
	first := run("a-")
	for i := range 3 {
		if again := run(fmt.Sprint("b", i)); !reflect.DeepEqual(first, again) {
			t.Fatalf("run %d differs: %s", i, difference(first, again))
		}
	}
	refused := 0
	for _, l := range first {
		if !l.Entered {
			refused++
		}
	}
	if len(first) != 40 || refused == 0 {
		t.Errorf("%d lines, %d refused; want 40 and some", len(first), refused)
	}
}

func difference(a, b []hub.TruthLine) string {
	for i := range min(len(a), len(b)) {
		if !reflect.DeepEqual(a[i], b[i]) {
			return fmt.Sprintf("line %d: %+v and %+v", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(a), len(b))
}

// TestReconnect: devices die in the midst of it, confirm or don't, and the
// evidence is still all there, the unconfirmed perhaps twice.
func TestReconnect(t *testing.T) {
	opt := defaults(t)
	opt.Shoppers, opt.Grace = 60, time.Minute
	w := start(t, opt)
	sc := loadCorner(t)
	h, err := fakehost.Start(t.Context(), w.address, sc, fakehost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	classes := sc.Devices()
	fragile := []string{"camera.ceiling", "weight_shelf.fresh", "gate.north", "weight_shelf.cooler_top", "rfid_reader.south_lane"}
	for i := range 15 {
		a := fragile[i%len(fragile)]
		if i%2 == 0 {
			h.Device(a).Silence() // its reports get lost between plugin and journal
			waitFor(t, h, len(h.Seen())+10)
		}
		h.Device(a).Drop()
		if err := h.Connect(t.Context(), a, classes[a]); err != nil {
			t.Fatal(err)
		}
		waitFor(t, h, len(h.Seen())+40)
	}
	waitIdle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	o := newOracle(t, sc, h)
	o.judge(momentary(h.Seen()))
	carried := o.carried()
	for _, l := range truth(t, opt) {
		cart := carried[l.Credential]
		for _, i := range l.Items {
			if cart[i.GTIN] != i.Qty {
				t.Errorf("%s owes %d of %s, the evidence says %d", l.Credential, i.Qty, i.GTIN, cart[i.GTIN])
			}
		}
		if len(cart) != len(l.Items) {
			t.Errorf("%s owes for %v, the evidence says %v", l.Credential, l.Items, cart)
		}
	}
}

// waitFor waits until the host has seen n reports or the world stands still for
// good, as it does when a silent device holds it up.
func waitFor(t *testing.T, h *fakehost.Host, n int) {
	t.Helper()
	deadline := time.After(300 * time.Millisecond)
	for len(h.Seen()) < n {
		select {
		case <-h.Idle():
			return
		case <-deadline:
			return
		case <-h.News():
		}
	}
}

// momentary keeps each piece of evidence once: what is said again of the same
// instant is the same observation. Levels restated in the midst of a hand's
// work are not the oracle's concern.
func momentary(seen []fakehost.Seen) []fakehost.Seen {
	known := make(map[string]bool)
	return slices.DeleteFunc(seen, func(s fakehost.Seen) bool {
		b, err := json.Marshal(s.Evidence)
		if err != nil {
			panic(err)
		}
		key := s.Device + string(b)
		again := known[key]
		known[key] = true
		_, level := s.Evidence.(observe.Weight)
		return again || level
	})
}

// TestHostKilled: when the whole host goes and another comes, the world has
// stood still for it.
func TestHostKilled(t *testing.T) {
	opt := defaults(t)
	opt.Shoppers = 40
	w := start(t, opt)
	sc := loadCorner(t)
	for n := range 4 {
		h, err := fakehost.Start(t.Context(), w.address, sc, fakehost.Options{KeyPrefix: fmt.Sprint(n)})
		if err != nil {
			t.Fatal(err)
		}
		if n == 3 {
			waitIdle(t, h)
		} else {
			waitFor(t, h, 150)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(truth(t, opt)); n != 40 {
		t.Errorf("%d lines of truth for 40 visits", n)
	}
}

// TestClockStands: time does not move without the host, without an awaited
// participant, beyond a wake, or while a report is not confirmed.
func TestClockStands(t *testing.T) {
	opt := defaults(t)
	opt.Await = []string{"recording"}
	w := start(t, opt)
	sc := loadCorner(t)
	h, err := fakehost.Start(t.Context(), w.address, sc, fakehost.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	rec, err := wire.Dial(t.Context(), w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	if err := rec.Write(wire.FromClient{Hello: wire.HelloParticipant, Name: "recording"}); err != nil {
		t.Fatal(err)
	}
	var hello wire.ToClient
	if err := rec.Read(&hello); err != nil {
		t.Fatal(err)
	}
	begin := opt.Start.UnixMicro()
	if hello.StartUS != begin || hello.AdvanceUS != begin {
		t.Errorf("the recording heard that it is %d and began at %d, want %d: the clock did not wait", hello.AdvanceUS, hello.StartUS, begin)
	}
	wake := begin + (30 * time.Second).Microseconds()
	last := begin
	for last < wake {
		var m wire.ToClient
		if err := rec.Read(&m); err != nil {
			t.Fatal(err)
		}
		if m.AdvanceUS != 0 {
			if m.AdvanceUS < last || m.AdvanceUS > wake {
				t.Fatalf("time went from %d to %d over the wake %d", last, m.AdvanceUS, wake)
			}
			last = m.AdvanceUS
		}
		if m.Poll != 0 {
			if err := rec.Write(wire.FromClient{Poll: m.Poll, WakeUS: &wake}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestClockHearsOfNews: a world that waits for nothing goes on when a participant
// answers its last poll again.
func TestClockHearsOfNews(t *testing.T) {
	opt := defaults(t)
	opt.Shoppers, opt.Grace = 0, time.Millisecond
	w := start(t, opt)
	host, err := wire.Dial(t.Context(), w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	if err := host.Write(wire.FromClient{Hello: wire.HelloParticipant, Name: wire.Host}); err != nil {
		t.Fatal(err)
	}
	var poll uint64
	read := func() (m wire.ToClient) {
		t.Helper()
		if err := host.Read(&m); err != nil {
			t.Fatal(err)
		}
		if m.Poll != 0 {
			poll = m.Poll
		}
		return m
	}
	read() // what time it is
	for m := read(); !m.Done; m = read() {
		if m.Poll != 0 {
			if err := host.Write(wire.FromClient{Poll: m.Poll}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := host.Write(wire.FromClient{Poll: read().Poll}); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		wake := opt.Start.Add(time.Duration(n+1) * time.Hour).UnixMicro()
		if err := host.Write(wire.FromClient{Poll: poll, WakeUS: &wake}); err != nil {
			t.Fatal(err)
		}
		if m := read(); m.AdvanceUS != wake {
			t.Fatalf("%+v, want the wake %d", m, wake)
		}
		if m := read(); m.Poll == 0 {
			t.Fatalf("%+v, want a poll", m)
		}
		if err := host.Write(wire.FromClient{Poll: poll}); err != nil { // nothing more, for now
			t.Fatal(err)
		}
	}
}

// TestProtocolBreaches: whoever breaks the protocol is told why and let go; the
// world goes on.
func TestProtocolBreaches(t *testing.T) {
	w := start(t, defaults(t))
	for _, c := range []struct {
		name  string
		lines []any
		says  string
	}{
		{"no hello", []any{wire.FromClient{Poll: 1}}, "hello"},
		{"hello as a ghost", []any{wire.FromClient{Hello: "ghost"}}, "ghost"},
		{"nameless", []any{wire.FromClient{Hello: wire.HelloParticipant}}, "name"},
		{"unknown device", []any{wire.FromClient{Hello: wire.HelloDevice, Device: "gate.west", Class: "gate"}}, "gate.north"},
		{"wrong class", []any{wire.FromClient{Hello: wire.HelloDevice, Device: "gate.north", Class: "shelf"}}, "class gate"},
		{"two hellos", []any{wire.FromClient{Hello: wire.HelloDevice, Device: "gate.north", Class: "gate"}, wire.FromClient{Hello: wire.HelloDevice, Device: "gate.north", Class: "gate"}}, "second hello"},
		{"a device that answers polls", []any{wire.FromClient{Hello: wire.HelloDevice, Device: "gate.north", Class: "gate"}, wire.FromClient{Poll: 3}}, "says nothing"},
	} {
		conn, err := wire.Dial(t.Context(), w.address)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Write(c.lines...); err != nil {
			t.Fatal(err)
		}
		var m wire.ToClient
		for m.Error == nil {
			m = wire.ToClient{}
			if err := conn.Read(&m); err != nil {
				t.Fatalf("%s: %v before any reason", c.name, err)
			}
		}
		if fault.CodeOf(m.Error.Err()) != fault.Invalid || !strings.Contains(m.Error.Message, c.says) {
			t.Errorf("%s: %+v, want invalid and %q", c.name, m.Error, c.says)
		}
		if err := conn.Read(&m); err == nil {
			t.Errorf("%s: the line still stands", c.name)
		}
		conn.Close()
	}
}

// TestTakeUpBooks: a world on the data of an earlier one ends what is left,
// repeats no credential and knows the earlier ledger.
func TestTakeUpBooks(t *testing.T) {
	opt := defaults(t)
	opt.Shoppers = 15
	visitAll(t, opt, fakehost.Options{KeyPrefix: "a"})
	cut := filepath.Join(opt.Data, "truth.jsonl")
	b, err := os.ReadFile(cut)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, append(b, `{"credential":"tok-7-0000`...), 0o644); err != nil { // torn by a crash
		t.Fatal(err)
	}
	opt.Shoppers = 25
	visitAll(t, opt, fakehost.Options{KeyPrefix: "b"})
	seen := make(map[string]bool)
	var last time.Time
	for _, l := range truth(t, opt) {
		at, err := time.Parse(time.RFC3339Nano, l.At)
		if err != nil || seen[l.Credential] || at.Before(last) {
			t.Errorf("%s at %s: again, or time went back, or %v", l.Credential, l.At, err)
		}
		seen[l.Credential], last = true, at
	}
	if len(seen) != 25 {
		t.Errorf("%d visits, want 25", len(seen))
	}
	references := make(map[string]bool)
	for _, e := range ledger(t, opt) {
		if references[e.Reference] {
			t.Errorf("reference %s is there twice", e.Reference)
		}
		references[e.Reference] = true
	}
}
