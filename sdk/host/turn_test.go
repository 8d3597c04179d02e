package host_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
)

// However many commands a plugin without a command stream leaves unanswered, and
// whatever else waits for it, no more calls are under way than leave room for the
// host's own among the 64 streams that a plugin has.
func TestCallsInTurn(t *testing.T) {
	const many = 100
	var under, most atomic.Int32
	full, held := make(chan struct{}, many), make(chan struct{})
	s := &script{admit: func(context.Context) error {
		n := under.Add(1)
		defer under.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		full <- struct{}{}
		<-held
		return nil
	}}
	p, _ := plugin(t, s)
	var callers sync.WaitGroup
	for range many {
		callers.Go(func() {
			if err := admit(t.Context(), p); err != nil {
				t.Error(err)
			}
		})
	}
	for range 48 {
		<-full
	}
	if err := admit(soon(t), p); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a call whose turn never came: %v", err)
	}
	if _, err := p.Describe(t.Context()); err != nil {
		t.Errorf("the host's own call beside them: %v", err)
	}
	close(held)
	callers.Wait()
	if n := most.Load(); n != 48 {
		t.Errorf("%d calls at once, want 48", n)
	}
}

// A ninth stream of notices is refused, and there is room again when one ends.
func TestListeners(t *testing.T) {
	opened := make(chan struct{}, 10)
	s := &script{notices: func(_ *pb.NoticesOpen, stream noticeStream) error {
		if err := listens(stream); err != nil {
			return err
		}
		opened <- struct{}{}
		<-stream.Context().Done()
		return nil
	}}
	p, _ := plugin(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 9)
	for n := range uint32(8) {
		go func() { over <- p.Notices(ctx, n, 1, nil) }()
	}
	for range 8 {
		<-opened
	}
	if err := p.Notices(ctx, 8, 1, nil); fault.CodeOf(err) != fault.Unavailable || len(opened) != 0 {
		t.Errorf("the ninth: %v", err)
	}
	cancel()
	for range 8 {
		shut(t, <-over)
	}
	ctx, cancel = context.WithCancel(t.Context())
	go func() { over <- p.Notices(ctx, 8, 1, nil) }()
	<-opened
	cancel()
	shut(t, <-over)
}

// shut is the end of a stream that the host ended.
func shut(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("a stream that ended has no error")
	}
}
