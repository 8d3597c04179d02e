package devices

import (
	"context"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// traffic is the commands of one device: those under way, and those that wait
// while the device moves to another instance of its plugin.
type traffic struct {
	mu   sync.Mutex
	now  int           // calls under way
	idle chan struct{} // where somebody waits for it: closed when none is
	held chan struct{} // while the device moves: closed when it has
}

// hold has commands wait from now on.
func (t *traffic) hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil {
		t.held = make(chan struct{})
	}
}

// release lets commands go on.
func (t *traffic) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held != nil {
		close(t.held)
		t.held = nil
	}
}

func (t *traffic) isHeld() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held != nil
}

// enter counts a command in, once none is held. It waits until ctx ends or for a
// time at most, and is false then.
func (t *traffic) enter(ctx context.Context, atMost time.Duration) bool {
	var limit <-chan time.Time
	for {
		t.mu.Lock()
		held := t.held
		if held == nil {
			t.now++
			t.mu.Unlock()
			return true
		}
		t.mu.Unlock()
		if limit == nil {
			timer := time.NewTimer(atMost)
			defer timer.Stop()
			limit = timer.C
		}
		select {
		case <-held:
		case <-limit:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

func (t *traffic) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now--
	if t.now == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// drained waits until no command is under way, or ctx ends.
func (t *traffic) drained(ctx context.Context) {
	t.mu.Lock()
	if t.now == 0 {
		t.mu.Unlock()
		return
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// do makes one command of a device: of the opening that there is when its turn
// comes. No lock is held meanwhile.
func (v *device) do(ctx context.Context, name string, f func(ctx context.Context, p *host.Plugin, epoch uint64) error) error {
	began := time.Now()
	err := v.attempt(ctx, f)
	v.counters.command(name, time.Since(began), err)
	switch fault.CodeOf(err) {
	case fault.None, fault.Refused:
	case fault.Invalid, fault.Unavailable, fault.Unknown, fault.Unsupported, fault.Internal:
		v.failed(err)
	}
	return err
}

func (v *device) attempt(ctx context.Context, f func(ctx context.Context, p *host.Plugin, epoch uint64) error) error {
	if !v.traffic.enter(ctx, v.plugin.all.limits.HoldWithin) {
		return fault.Errorf(fault.Unavailable, "%s is moving to another version of its plugin", v.def.Address)
	}
	defer v.traffic.leave()
	p, epoch, state := v.opening()
	if p == nil {
		return fault.Errorf(fault.Unavailable, "%s is not open: it is %s", v.def.Address, state)
	}
	return f(ctx, p, epoch)
}
