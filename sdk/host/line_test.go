package host_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// A stream that ended while nobody waited costs no command anything: the next is
// sent on another.
func TestEndedMeanwhile(t *testing.T) {
	ended := make(chan struct{})
	p, l := lined(t, true, func(l *liner, stream commandStream) error {
		_ = hello(stream)
		if l.streams.Load() > 1 {
			return l.obliging(stream)
		}
		defer close(ended)
		commands, _, err := l.next(stream)
		if err != nil {
			return err
		}
		return stream.Send(yes(commands[0].GetId()))
	})
	if err := admit(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	<-ended
	// Its end may still be on its way: until it is there a command is as good as
	// sent, and of unknown outcome.
	err := admit(t.Context(), p)
	if fault.CodeOf(err) == fault.Unknown {
		err = admit(t.Context(), p)
	}
	if err != nil || l.streams.Load() != 2 {
		t.Errorf("%v on %d streams", err, l.streams.Load())
	}
}

// Who receives answers for others may give up, or have its own first: the others
// get theirs all the same.
func TestReceiverLeaves(t *testing.T) {
	for name, gives := range map[string]bool{"gives up": true, "has its answer": false} {
		t.Run(name, func(t *testing.T) {
			two, gone := make(chan struct{}), make(chan struct{})
			p, l := lined(t, true, func(l *liner, stream commandStream) error {
				_ = hello(stream)
				var ids []uint64
				for len(ids) < 2 {
					commands, _, err := l.next(stream)
					if err != nil {
						return err
					}
					for _, c := range commands {
						ids = append(ids, c.GetId())
					}
					if len(ids) == 1 && len(commands) == 1 {
						two <- struct{}{} // the second may come
					}
				}
				close(two)
				if !gives {
					_ = stream.Send(yes(ids[0]))
				}
				<-gone
				_ = stream.Send(yes(ids[1]))
				return l.obliging(stream)
			})
			first, give := context.WithCancel(t.Context())
			defer give()
			var calls sync.WaitGroup
			calls.Go(func() {
				defer close(gone)
				if err := admit(first, p); gives != (fault.CodeOf(err) == fault.Unknown && errors.Is(err, context.Canceled)) || !gives && err != nil {
					t.Errorf("the first: %v", err)
				}
			})
			<-two
			calls.Go(func() {
				if err := admit(t.Context(), p); err != nil {
					t.Errorf("the second: %v", err)
				}
			})
			<-two
			if gives {
				give()
			}
			calls.Wait()
			if err := admit(t.Context(), p); err != nil || l.streams.Load() != 1 {
				t.Errorf("%v on %d streams", err, l.streams.Load())
			}
		})
	}
}

// Disconnect ends what waits, and what comes after it fails.
func TestDisconnect(t *testing.T) {
	taken := make(chan struct{})
	p, _ := lined(t, true, func(l *liner, stream commandStream) error {
		_ = hello(stream)
		if _, _, err := l.next(stream); err != nil {
			return err
		}
		close(taken)
		<-stream.Context().Done()
		return nil
	})
	var calls sync.WaitGroup
	calls.Go(func() {
		if err := admit(t.Context(), p); fault.CodeOf(err) != fault.Unknown {
			t.Errorf("%v", err)
		}
	})
	<-taken
	p.Disconnect()
	calls.Wait()
	p.Disconnect() // again is no error
}

// Where no connection can be made for commands, or nobody serves it, they share
// that of all others.
func TestNoConnectionOfItsOwn(t *testing.T) {
	silent, err := net.Listen("unix", filepath.Join(t.TempDir(), "silent"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, dial := range map[string]func(context.Context) (net.Conn, error){
		"refused": func(context.Context) (net.Conn, error) { return nil, errors.New("one is enough") },
		"left waiting": func(ctx context.Context) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", silent.Addr().String())
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, l := lined(t, false, func(l *liner, stream commandStream) error { _ = hello(stream); return l.obliging(stream) })
			dials := 0
			p.Direct(host.Direct{Dial: func(ctx context.Context) (net.Conn, error) { dials++; return dial(ctx) }})
			for range 2 {
				if err := admit(t.Context(), p); err != nil || l.streams.Load() != 1 {
					t.Errorf("%v on %d streams", err, l.streams.Load())
				}
			}
			if dials != 1 {
				t.Errorf("%d connections", dials)
			}
		})
	}
}

// Answers to many commands are looked for before the thread goes to sleep. That of
// a lone one is not, nor is anything while there are none.
func TestLooks(t *testing.T) {
	p, _ := lined(t, true, func(l *liner, stream commandStream) error {
		_ = hello(stream)
		return l.obliging(stream)
	})
	alone := func() {
		t.Helper()
		before := uint64(0)
		for n := range 100 {
			if err := admit(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				before = p.Looks()
			}
		}
		if n := p.Looks() - before; n != 0 {
			t.Errorf("%d looks for lone commands", n)
		}
	}
	alone()
	if n := p.Looks(); n != 0 {
		t.Errorf("%d looks for lone commands", n)
	}
	var callers sync.WaitGroup
	var failed atomic.Bool
	until := time.Now().Add(2 * time.Minute)
	for range 64 {
		callers.Go(func() {
			for p.Looks() == 0 && !failed.Load() {
				if err := admit(t.Context(), p); err != nil || time.Now().After(until) {
					t.Errorf("no look, and %v", err)
					failed.Store(true)
				}
			}
		})
	}
	callers.Wait()
	alone()
}
