package store_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/store"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// said dials a world and says a line.
func said(t *testing.T, w *world, m wire.FromClient) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(t.Context(), w.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Write(m); err != nil {
		t.Fatal(err)
	}
	return c
}

func heard(t *testing.T, c *wire.Conn) (m wire.ToClient) {
	t.Helper()
	if err := c.Read(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func load(t *testing.T, m wire.ToClient) (l wire.Load) {
	t.Helper()
	if m.Kind != wire.KindLoad {
		t.Fatalf("%+v is no load", m)
	}
	if err := json.Unmarshal(m.Report, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// Hardware hears of loads at once, settled or not, and says what the store calls
// people.
func TestHardware(t *testing.T) {
	opt := defaults(t)
	w := start(t, opt)
	c := said(t, w, wire.FromClient{Hello: wire.HelloHardware, Device: "weight_shelf.cooler_top", Class: "shelf"})
	var before [4]measure.Mass
	for bay := range before {
		l := load(t, heard(t, c))
		if l.Bay != bay+1 || l.Mass < measure.Kilogram {
			t.Errorf("bay %d: %+v", bay+1, l)
		}
		before[bay] = l.Mass
	}
	if m := heard(t, c); m.Hello != "weight_shelf.cooler_top" {
		t.Errorf("after what was there: %+v", m)
	}
	err := w.store.Do(t.Context(), func(s *sim.World, _ *processor.Processor) { s.Load("weight_shelf.cooler_top", 2, -7*measure.Gram) })
	if err != nil {
		t.Fatal(err)
	}
	if l := load(t, heard(t, c)); l.Bay != 2 || l.Mass != before[1]-7*measure.Gram {
		t.Errorf("7 g less on bay 2 of %v: %+v", before[1], l)
	}

	r := said(t, w, wire.FromClient{Hello: wire.HelloHardware, Device: "credential_reader.palm_north", Class: "credential"})
	heard(t, r)
	for _, x := range []struct {
		method, params string
		refused        bool
		code           fault.Code
	}{
		{"known_as", `{"credential":"tok-7-000003","token":"badge_3"}`, false, 0},
		{"known_as", `{"credential":"tok-7-000003"}`, true, fault.Invalid},
		{"admit", `{"session":"x","bodies":1,"expires_us":1}`, true, fault.Unsupported},
	} {
		if err := r.Write(wire.FromClient{Call: 1, Method: x.method, Params: json.RawMessage(x.params)}); err != nil {
			t.Fatal(err)
		}
		if m := heard(t, r); (m.Error != nil) != x.refused || x.refused && m.Error.Code != x.code {
			t.Errorf("%s %s: %+v", x.method, x.params, m)
		}
	}
	if m := heard(t, said(t, w, wire.FromClient{Hello: wire.HelloHardware, Device: "gate.west", Class: "gate"})); m.Error == nil {
		t.Error("there is no such gate")
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(opt.Data, store.NamesFile))
	if err != nil || string(b) != `{"credential":"tok-7-000003","token":"badge_3"}`+"\n" {
		t.Errorf("%q, %v", b, err)
	}
}

// A world that is taken up knows visits by what the store called them.
func TestNamesOutlive(t *testing.T) {
	opt := defaults(t)
	for name, text := range map[string]string{
		store.NamesFile: `{"credential":"tok-7-000005","token":"badge_5"}`,
		store.TruthFile: `{"credential":"badge_5","items":[],"entered":true,"bodies":1,"at":"2026-01-05T08:01:00Z"}`,
	} {
		if err := os.WriteFile(filepath.Join(opt.Data, name), []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.FirstVisit != 6 || s.Visits != opt.Shoppers-1 {
		t.Errorf("the first visit is %d of %d, want 6 of %d", s.FirstVisit, s.Visits, opt.Shoppers-1)
	}
}

// A world on the wall's clock that awaits the host lets nobody come before the
// host acts.
func TestAwaitOnWallClock(t *testing.T) {
	opt := defaults(t)
	opt.Free, opt.Await, opt.Start, opt.Shoppers, opt.Arrivals = true, []string{wire.Host}, time.Now(), 1, time.Microsecond
	w := start(t, opt)
	cards := make(chan observe.Credential, 2)
	for _, reader := range []string{"credential_reader.palm_north", "credential_reader.card_south"} {
		c := said(t, w, wire.FromClient{Hello: wire.HelloHardware, Device: reader, Class: "credential"})
		go func() {
			for {
				var m wire.ToClient
				if c.Read(&m) != nil {
					return
				}
				var e observe.Credential
				if m.Kind == observe.KindCredential.String() && json.Unmarshal(m.Report, &e) == nil {
					cards <- e
				}
			}
		}()
	}
	host := said(t, w, wire.FromClient{Hello: wire.HelloParticipant, Name: wire.Host})
	if m := heard(t, host); !m.Wall {
		t.Errorf("it does not say that its clock is the wall's: %+v", m)
	}
	poll := heard(t, host)
	acts := time.Now()
	if err := host.Write(wire.FromClient{Poll: poll.Poll}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case e := <-cards:
		if e.Settled.Before(acts.Truncate(time.Microsecond)) || !strings.HasPrefix(e.Token, "tok-7-") {
			t.Errorf("%+v was there before %v", e, acts)
		}
	case <-ctx.Done():
		t.Fatal("nobody came")
	}
}
