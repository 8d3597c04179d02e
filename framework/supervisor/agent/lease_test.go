package agent

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// A newer host takes the agent; the older one is refused from then on, and does
// not take it back.
func TestNewerHostFencesTheOlder(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	old := openShop(t, s.linkAs(t, LinkOptions{Address: a.address, Epoch: 10}), tickingConfig{Every: 5 * time.Millisecond, Most: 1 << 30})
	old.ready()
	before, _, err := old.devs.Gate(north)
	if err != nil || before == nil {
		t.Fatal(err)
	}
	newer := openShop(t, s.linkAs(t, LinkOptions{Address: a.address, Epoch: 11}), tickingConfig{Every: time.Hour})
	newer.ready()
	old.until("offline", func() bool { return old.is(event.StateOffline) })
	err = old.admit("from the grave", time.Second)
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a command of the older host: %v", err)
	}
	if err := newer.admit("mine", within); err != nil {
		t.Error(err)
	}
	newer.until("the gate's word", func() bool {
		return slices.ContainsFunc(newer.evidence, func(e event.Evidence) bool {
			p, ok := e.Observed.(observe.Passage)
			return ok && p.Admission == "mine"
		})
	})
	newer.end()
	if times, _ := newer.effects(); len(times) != 1 || times["mine"] != 1 {
		t.Errorf("the gate opened for %v", times)
	}
	// The newer host has gone, and the older one still is the older one.
	deadline := time.Now().Add(within)
	for {
		st := old.link.Status()
		if !st.Up && st.Cause != nil && errorSays(st.Cause, "corner took it at") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the older host: %+v", st)
		}
		pause(t, 20*time.Millisecond)
	}
}

func errorSays(err error, what string) bool {
	for s := err.Error(); len(s) >= len(what); s = s[1:] {
		if s[:len(what)] == what {
			return true
		}
	}
	return false
}

// The lease outlives the agent: one that was started again lets no older host
// in.
func TestLeaseIsKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	start(t, s.linkAs(t, LinkOptions{Address: a.address, Epoch: 20}))
	a.stop()
	i, err := os.Stat(filepath.Join(a.dir, fileLease))
	if err != nil || i.Mode().Perm() != 0o600 {
		t.Fatalf("the lease is kept in %v, %v", i, err)
	}
	a = s.serve(t, a.dir, "127.0.0.1:0")
	older := s.linkAs(t, LinkOptions{Address: a.address, Epoch: 19})
	refused(t, func() error { _, err := older.Start(t.Context(), acme); return err }, `agent "back", which can't be reached`, "another host has the agent", "corner")
	start(t, s.linkAs(t, LinkOptions{Address: a.address, Epoch: 20}))
}

// A host that takes over gets no plugin of the one before: each is stopped
// first.
func TestTakeOverStopsWhatWas(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	first := start(t, s.linkAs(t, LinkOptions{Address: a.address, Epoch: 1}))
	second := start(t, s.linkAs(t, LinkOptions{Address: a.address, Epoch: 2}))
	if first.PID() == second.PID() {
		t.Fatal("the same process serves both")
	}
	if _, err := os.Stat(filepath.Join("/proc", itoa(first.PID()))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the process of the older host is still there: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if _, err := first.Plugin().Health(ctx); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("the older host's call: %v", err)
	}
	if _, err := second.Plugin().Health(ctx); err != nil {
		t.Error(err)
	}
}

func TestLease(t *testing.T) {
	l, err := newLease(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	a, b := &conn{release: func() {}, Conn: nopConn{}}, &conn{release: func() {}, Conn: nopConn{}}
	cleared := 0
	clear := func() { cleared++ }
	for i, c := range []struct {
		conn    *conn
		epoch   uint64
		holder  string
		ok      bool
		cleared int
	}{
		{a, 0, "one", false, 0},
		{a, 5, "one", true, 1},
		{b, 4, "one", false, 1},
		{b, 5, "other", false, 1}, // an epoch belongs to one host
		{b, 5, "one", true, 1},    // the same host again
		{a, 6, "other", true, 2},
		{b, 5, "one", false, 2},
	} {
		err := l.take(c.conn, c.epoch, c.holder, clear)
		if (err == nil) != c.ok || cleared != c.cleared {
			t.Errorf("%d: %v, cleared %d times", i, err, cleared)
		}
		if c.ok != l.has(c.conn) {
			t.Errorf("%d: has it: %v", i, l.has(c.conn))
		}
	}
	l.drop(b) // not the holder's
	if !l.has(a) {
		t.Error("another connection dropped it")
	}
	if l.drop(a); l.has(a) || l.has(nil) {
		t.Error("it has a lease that was dropped")
	}
}
