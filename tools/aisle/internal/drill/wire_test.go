//go:build unix

package drill

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// laid is a wire between a plugin and a processor that answers every call.
type laid struct {
	t      *testing.T
	wire   *Wire
	plugin net.Conn
	said   *bufio.Scanner
}

func lay(t *testing.T) *laid {
	t.Helper()
	dir := t.TempDir()
	lis, err := net.Listen("unix", filepath.Join(dir, "p"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := lis.Accept()
			if err != nil {
				return
			}
			for s := bufio.NewScanner(c); s.Scan(); {
				if strings.Contains(s.Text(), "silent") {
					continue
				}
				if _, err := fmt.Fprintln(c, s.Text()); err != nil {
					break
				}
			}
			_ = c.Close()
		}
	}()
	w, err := Lay(filepath.Join(dir, "w"), func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", lis.Addr().String())
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		_ = lis.Close()
		<-done
	})
	l := &laid{t: t, wire: w}
	l.connect()
	return l
}

func (l *laid) connect() {
	l.t.Helper()
	c, err := net.Dial("unix", l.wire.lis.Addr().String())
	if err != nil {
		l.t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		l.t.Fatal(err)
	}
	l.plugin, l.said = c, bufio.NewScanner(c)
}

func (l *laid) ask(line string) {
	l.t.Helper()
	if _, err := fmt.Fprintln(l.plugin, line); err != nil {
		l.t.Fatal(err)
	}
}

func (l *laid) hears(want string) {
	l.t.Helper()
	if !l.said.Scan() || l.said.Text() != want {
		l.t.Fatalf("the plugin hears %q (%v), want %q", l.said.Text(), l.said.Err(), want)
	}
}

func call(n int, method, more string) string {
	return fmt.Sprintf(`{"call":%d,"method":"%s","params":{"session":"s%d"%s}}`, n, method, n, more)
}

// A charge is in flight from when it was asked for until its answer has passed,
// and Hold keeps it there.
func TestWireHolds(t *testing.T) {
	l := lay(t)
	l.ask(call(1, "void", ""))
	l.hears(call(1, "void", ""))
	l.ask(call(2, "capture", `,"silent":1`))
	c := <-l.wire.Asked
	if c.Deed != "capture" || c.Session != "s2" || !l.wire.Hold(c) || l.wire.Flying()["capture"] != 1 {
		t.Fatalf("%+v, flying %v", c, l.wire.Flying())
	}
	l.ask(call(3, "lookup", "")) // its answer waits
	if err := l.plugin.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if l.said.Scan() {
		t.Fatalf("%q passed a wire that is held", l.said.Text())
	}
	if err := l.plugin.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	l.said = bufio.NewScanner(l.plugin)
	l.wire.Release()
	l.hears(call(3, "lookup", ""))
	l.ask(call(4, "refund", ""))
	l.hears(call(4, "refund", ""))
	r := <-l.wire.Asked
	if l.wire.Hold(r) {
		t.Error("a refund that was answered is in flight")
	}
	if l.wire.charged != 2 {
		t.Errorf("%d charges, want 2", l.wire.charged)
	}
}

// What was asked on a connection that has ended is not in flight any more, and
// the next connection goes its own way.
func TestWireIsCut(t *testing.T) {
	l := lay(t)
	l.ask(call(1, "authorize", `,"silent":1`))
	c := <-l.wire.Asked
	l.wire.Cut()
	if err := l.wire.Ended(t.Context(), c, 30*time.Second); err != nil {
		t.Fatal(err)
	}
	if l.said.Scan() || len(l.wire.Flying()) != 0 || l.wire.Hold(c) {
		t.Errorf("cut, and %q is heard and %v flies", l.said.Text(), l.wire.Flying())
	}
	l.connect()
	l.ask(call(1, "authorize", ""))
	l.hears(call(1, "authorize", ""))
	if err := l.plugin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.wire.Ended(t.Context(), <-l.wire.Asked, 30*time.Second); err != nil {
		t.Fatal(err)
	}
}

// Runs add up, and no store counts twice.
func TestFlightsAddUp(t *testing.T) {
	a, b := NewFlightResult(1), NewFlightResult(4)
	a.Stores, a.Kills, a.Killed[VictimHost], a.Lost = 3, 20, 20, 0
	b.Stores, b.Kills, b.Killed[VictimHost], b.Killed[VictimPlugin], b.Lost, b.InFlight["capture"] = 2, 7, 3, 4, 1, 7
	sum, err := AddFlights(a, b)
	if err != nil || sum.From != 1 || sum.Stores != 5 || sum.Kills != 27 || sum.Killed[VictimHost] != 23 || sum.Killed[VictimPlugin] != 4 ||
		sum.InFlight["capture"] != 7 || sum.OK() || !a.OK() {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, err := AddFlights(sum, b); err == nil {
		t.Error("stores were counted twice")
	}
}
