package agent

import (
	"os"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
)

// partitionFor is how long lines are cut: longer than both ends take to notice.
// AISLE_LONG makes it a minute.
func partitionFor() time.Duration {
	if os.Getenv("AISLE_LONG") != "" {
		return time.Minute
	}
	return 7 * time.Second
}

// back tells how soon after the network the devices were ready again; that they
// are at all has been waited for.
func (s *shop) back(took time.Duration) {
	s.t.Helper()
	s.mu.Lock()
	stall := s.stall
	s.mu.Unlock()
	s.t.Logf("ready %v after the line was whole; timers were late by up to %v", took, stall)
}

// A partition that holds everything, with a delay of 100 ms each way: the
// devices go offline, the plugin spools, the same opening goes on, no command is
// done late or twice.
func TestPartition(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := newProxy(t, s.agent(t).address, 100*time.Millisecond)
	h := openShop(t, s.link(t, p.address()), tickingConfig{Every: 5 * time.Millisecond, Most: 1 << 30})
	h.ready()
	stop := h.knock(50*time.Millisecond, 700*time.Millisecond)
	h.until("ticks and commands", func() bool { return len(h.evidence) > 200 })
	p.hold()
	h.offline()
	// One that was put on the command stream just before that was given up is in
	// doubt; from then on they are certainly not done.
	err := h.admit("cut off", time.Second)
	for tries := 1; fault.CodeOf(err) == fault.Unknown && tries < 10; tries++ {
		err = h.admit("cut off", time.Second)
	}
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("a command to a gate that is cut off: %v", err)
	}
	pause(t, partitionFor())
	p.heal()
	healed := time.Now()
	h.ready()
	h.back(time.Since(healed))
	pause(t, time.Second)
	all := stop()
	h.settle()
	h.judge(all)
	h.mu.Lock()
	t.Log(h.ticks(), "ticks, none lost")
	h.mu.Unlock()
	if e := h.epochs(); len(e) != 1 {
		t.Errorf("the gate was opened under the epochs %v, want one", e)
	}
}

// A line that is held up for less than either end notices: what was asked for
// meanwhile arrives when its time is over, and is refused.
func TestHeldUp(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := newProxy(t, s.agent(t).address, 10*time.Millisecond)
	h := openShop(t, s.link(t, p.address()), tickingConfig{Every: time.Millisecond, Most: 1 << 30})
	h.ready()
	stop := h.knock(2*time.Millisecond, 150*time.Millisecond)
	for range 5 {
		h.mu.Lock()
		n := len(h.evidence)
		h.mu.Unlock()
		h.until("evidence", func() bool { return len(h.evidence) > n+300 })
		p.hold()
		pause(t, DeadAfter/4)
		p.heal()
	}
	all := stop()
	h.settle()
	h.judge(all)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ticks()
	for _, st := range h.states {
		if st.State == event.StateOffline {
			t.Logf("(offline meanwhile: %s)", st.Cause)
		}
	}
}

// pause lets time pass in which a fault lasts.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// A line that breaks is mended at once, and nothing is lost or told twice.
func TestLineBreaksAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := newProxy(t, s.agent(t).address, 0)
	h := openShop(t, s.link(t, p.address()), tickingConfig{Every: time.Millisecond, Most: 1 << 30})
	h.ready()
	stop := h.knock(5*time.Millisecond, 500*time.Millisecond)
	for n := range 8 {
		h.until("ticks", func() bool { return len(h.evidence) > (n+1)*100 })
		h.mu.Lock()
		was := len(h.states)
		h.mu.Unlock()
		p.sever()
		h.until("offline and ready", func() bool { return len(h.states) >= was+2 && h.is(event.StateReady) })
	}
	all := stop()
	h.settle()
	h.judge(all)
	h.mu.Lock()
	h.ticks()
	h.mu.Unlock()
	if e := h.epochs(); len(e) != 1 {
		t.Errorf("the gate was opened under the epochs %v, want one", e)
	}
}

// A byte a second is no line.
func TestDrip(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := newProxy(t, s.agent(t).address, 0)
	h := openShop(t, s.link(t, p.address()), tickingConfig{Every: 5 * time.Millisecond, Most: 1 << 30})
	h.ready()
	p.slow(time.Second)
	h.offline()
	p.slow(0)
	p.sever()
	h.ready()
	h.mu.Lock()
	h.ticks()
	h.mu.Unlock()
}

// An agent that was started again has nothing any more: the gate is opened anew,
// under a new epoch.
func TestAgentRestarts(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	l, moved := s.moving(t, a.address)
	h := openShop(t, l, tickingConfig{Every: 5 * time.Millisecond, Most: 10})
	h.ready()
	a.stop()
	h.until("not ready", func() bool { return !h.is(event.StateReady) })
	moved(s.serve(t, a.dir, "127.0.0.1:0").address)
	h.ready()
	if e := h.epochs(); len(e) < 2 {
		t.Errorf("the gate was opened under the epochs %v, want another", e)
	}
	if err := h.admit("again", within); err != nil {
		t.Error(err)
	}
}

// An agent that is not there yet is waited for; its plugin is not given up.
func TestAgentComesLater(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	a.stop()
	l, moved := s.moving(t, a.address)
	h := openShop(t, l, tickingConfig{Every: time.Hour})
	h.until("offline", func() bool { return h.is(event.StateOffline) })
	moved(s.serve(t, a.dir, "127.0.0.1:0").address)
	h.ready()
}

// A plugin that dies at its agent is started again there.
func TestPluginDiesRemotely(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	h := openShop(t, s.link(t, s.agent(t).address), tickingConfig{Every: time.Hour})
	h.ready()
	if err := h.admit("die", within); fault.CodeOf(err) != fault.Unknown {
		t.Errorf("a command that killed the plugin: %v", err)
	}
	h.until("failed", func() bool {
		return h.is(event.StateFailed, event.StateClaiming, event.StateReady) && len(h.states) > 2
	})
	h.ready()
	if e := h.epochs(); len(e) < 2 {
		t.Errorf("the gate was opened under the epochs %v, want another", e)
	}
}
