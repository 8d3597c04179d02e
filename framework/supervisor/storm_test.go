package supervisor

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// A plugin that stands still is to be replaced in 4 s: by the defaults it is
// found out and killed in time to start another.
func TestStandstillIsFoundInTime(t *testing.T) {
	const toStart = 500 * time.Millisecond
	if worst := PingEvery + PingMisses*PingWithin; worst > 4*time.Second-toStart {
		t.Errorf("it takes %v", worst)
	}
}

// Plugins that fall over as fast as they are started delay nobody.
func TestStormDelaysNobody(t *testing.T) {
	var storms atomic.Int64
	s := supervise(t, Options{
		Limits: &Limits{RestartFirst: time.Microsecond, RestartMost: time.Microsecond, CrashLimit: 1 << 30, PingEvery: 10 * time.Millisecond},
		Notify: func(st Status) {
			if st.Name != "calm" && st.State == StateRestarting {
				storms.Add(1)
			}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 4)
	for _, name := range []string{"a", "b", "c"} {
		go func() {
			ended <- s.Keep(ctx, Spec{Name: name, Path: spec("exit").Path, Args: spec("exit").Args}, failing{})
		}()
	}
	for storms.Load() < 20 {
		time.Sleep(time.Millisecond)
	}
	f := newFollow()
	calm := spec("serve")
	calm.Name = "calm"
	go func() { ended <- s.Keep(ctx, calm, f) }()
	in := <-f.up
	for range 20 { // and it is heard all the while
		<-f.health
	}
	before := storms.Load()
	for storms.Load() < before+20 {
		time.Sleep(time.Millisecond)
	}
	for _, st := range s.Status() {
		if st.Name == "calm" && (st.Restarts != 0 || st.PID != in.PID()) {
			t.Errorf("%+v", st)
		}
	}
	cancel()
	for range 4 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
