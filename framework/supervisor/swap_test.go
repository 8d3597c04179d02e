package supervisor

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// moving is a session that can move, and does what it is told on the way.
type moving struct {
	*follow

	check func(in *Instance) error
	ready func(ctx context.Context, in *Instance) error
	moved atomic.Pointer[Instance]
}

func (m *moving) Check(_ context.Context, in *Instance) error {
	if m.check != nil {
		return m.check(in)
	}
	return nil
}

func (m *moving) Drain(context.Context) error { return nil }

func (m *moving) Ready(ctx context.Context, in *Instance) error {
	if m.ready != nil {
		return m.ready(ctx, in)
	}
	return ctx.Err()
}

func (m *moving) Moved(in *Instance) { m.moved.Store(in) }

func TestUpgradeNeedsMover(t *testing.T) {
	f := newFollow()
	s, stop := keep(t, Options{}, spec("serve"), f)
	<-f.up
	if err := s.Upgrade(t.Context(), spec("serve"), nil); err == nil {
		t.Error("a session that can't move did")
	}
	other := spec("serve")
	other.Name = "other"
	if err := s.Upgrade(t.Context(), other, nil); err == nil {
		t.Error("a plugin that nobody keeps")
	}
	stop()
	if err := s.Upgrade(t.Context(), spec("serve"), nil); err == nil {
		t.Error("after its end")
	}
}

func TestUpgradeOutcomes(t *testing.T) {
	no := errors.New("no good")
	kill := func(in *Instance) { _ = syscall.Kill(in.PID(), syscall.SIGKILL); <-in.Done() }
	for _, tt := range []struct {
		name  string
		m     func(m *moving, old *Instance)
		stage Stage // "" for success
		runs  int   // sessions, the first included
		lost  bool  // the old instance
	}{
		{"moves", func(*moving, *Instance) {}, "", 2, true},
		{"check says no", func(m *moving, _ *Instance) { m.check = func(*Instance) error { return no } }, StageCheck, 1, false},
		{"dies in the check", func(m *moving, _ *Instance) { m.check = func(in *Instance) error { kill(in); return nil } }, StageDrain, 1, false},
		{"is not ready", func(m *moving, old *Instance) {
			m.ready = func(_ context.Context, in *Instance) error {
				if in == old {
					return nil
				}
				return no
			}
		}, StageOpen, 3, false},
		{"dies", func(m *moving, old *Instance) {
			m.ready = func(ctx context.Context, in *Instance) error {
				if in != old {
					kill(in)
					<-ctx.Done()
				}
				return nil
			}
		}, StageOpen, 3, false},
		{"both die", func(m *moving, old *Instance) {
			m.ready = func(_ context.Context, in *Instance) error {
				if in != old && m.check == nil {
					m.check = func(*Instance) error { return nil } // once
					kill(old)
					kill(in)
				}
				return no
			}
		}, StageOpen, 3, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &moving{follow: newFollow()}
			s, stop := keep(t, Options{Limits: &Limits{RestartFirst: time.Millisecond}}, spec("serve"), m)
			old := <-m.up
			tt.m(m, old)
			done := make(chan error, 1)
			go func() { done <- s.Upgrade(context.Background(), spec("serve"), nil) }()
			in := old
			for range tt.runs - 1 {
				in = <-m.up
			}
			err := <-done
			var e *UpgradeError
			switch {
			case tt.stage == "" && (err != nil || m.moved.Load() != in):
				t.Errorf("got %v, moved to %p, want %p", err, m.moved.Load(), in)
			case tt.stage != "" && (!errors.As(err, &e) || e.Stage != tt.stage || m.moved.Load() != nil):
				t.Errorf("got %v", err)
			}
			if tt.lost == (in == old) {
				t.Errorf("lost the old instance: %v", in != old)
			}
			for st := s.Status()[0]; st.State != StateRunning || st.PID != in.PID(); st = s.Status()[0] {
				time.Sleep(time.Millisecond) // it is about to be said
			}
			stop()
		})
	}
}

var _ Mover = (*moving)(nil)
