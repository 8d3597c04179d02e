package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
)

// device is one opening of one device and the goroutine of its Run.
type device struct {
	handle uint32
	epoch  uint64
	value  any
	source *source
	log    *slog.Logger

	life   context.Context // ends when the device must stop
	cancel context.CancelFunc
	done   chan struct{} // closed when Run and Close have returned
	turns  turnstile
	calls  sync.WaitGroup

	refused  atomic.Uint64 // commands of other epochs
	readings readings

	mu      sync.Mutex
	running *callContext // the first of the calls under way, linked
	watched bool         // they end with life
	closed  bool         // no new calls
	fault   error
}

// link is the vendor's line to the host.
type link struct{ d *device }

func (l link) ClockOffset(offset time.Duration) { l.d.source.setOffset(offset) }

// flushGrace is how long a flush still waits once the device was told to stop.
const flushGrace = closeGrace / 4

// Flush may outlive the life of its device, so that a Run that ends can still
// learn that the host has what it reported last; with the context that Run was
// given it ends with that. It ends in any case when the device has closed, and
// early enough for Run to return in time.
func (l link) Flush(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.d.life, func() { time.AfterFunc(flushGrace, cancel) })()
	return l.d.source.flush(ctx, l.d.done)
}

// open runs the vendor's open function within ctx. The context that it sees
// lives as long as the device, so that what it starts with it goes on.
func open(ctx context.Context, d *device, driver class.Driver, env class.Env, conf []byte) (dev class.Device, err error) {
	stop := context.AfterFunc(ctx, d.cancel)
	type result struct {
		dev class.Device
		err error
	}
	answer := make(chan result, 1)
	go func() {
		var r result
		r.err = guard("open "+env.Address, func() (err error) {
			r.dev, err = driver.Open(d.life, env, conf)
			return err
		})
		answer <- r
	}()
	select {
	case r := <-answer:
		if r.err == nil && !stop() {
			r.err = fault.Wrap(fault.Unavailable, "open "+env.Address, ctx.Err())
			discard(r.dev)
		}
		return r.dev, r.err
	case <-ctx.Done():
		// A driver that doesn't heed its context is left behind, and what it
		// still opens is closed.
		go func() {
			if r := <-answer; r.err == nil {
				discard(r.dev)
			}
		}()
		return dev, fault.Wrap(fault.Unavailable, "open "+env.Address, ctx.Err())
	}
}

func discard(dev class.Device) {
	if c, ok := dev.Value.(io.Closer); ok {
		_ = guard("close", c.Close) // nobody is left to tell
	}
}

// run runs the device until its life ends or it is lost.
func (d *device) run(dev class.Device) {
	defer close(d.done)
	err := guard("run", func() error {
		if dev.Run == nil {
			<-d.life.Done()
			return nil
		}
		return dev.Run(d.life, &reporter{d.source, d.log})
	})
	lost := d.life.Err() == nil
	if lost {
		d.lose(err)
	}
	d.mu.Lock()
	d.closed = true // before Wait: no call may begin beside it
	d.mu.Unlock()
	d.cancel()
	d.calls.Wait()
	if c, ok := dev.Value.(io.Closer); ok {
		if err := guard("close", c.Close); err != nil {
			d.log.Warn("device didn't close cleanly", "error", err)
		}
	}
	if !lost {
		d.source.end(nil)
	}
}

// lose records why the device ended by itself and tells the host.
func (d *device) lose(err error) {
	if err == nil {
		err = errors.New("Run returned without an error before it was told to stop")
	}
	if fault.CodeOf(err) == fault.Unknown {
		err = fault.Wrap(fault.Unavailable, "run", err)
	}
	d.log.Error("device lost", "error", err)
	d.mu.Lock()
	d.fault = err
	d.mu.Unlock()
	d.source.end(err)
}

// closeGrace is how long a device gets to end before it is left behind.
const closeGrace = 2 * time.Second

// stop ends the device and waits for it until ctx or the grace ends.
func (d *device) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeGrace)
	defer cancel()
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	select {
	case <-d.done:
		d.source.retract() // it may have been lost before
		return nil
	case <-ctx.Done():
		d.source.end(nil)
		return fault.New(fault.Internal, "Run did not return after its context ended")
	}
}

// begin counts a call in, unless the device is ending.
func (d *device) begin(c *callContext) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault != nil {
		return fault.Wrap(fault.Unavailable, "the device is lost", d.fault)
	}
	if d.closed || d.life.Err() != nil {
		return fault.New(fault.Unavailable, "the device is closing")
	}
	d.calls.Add(1)
	if !d.watched {
		d.watched = true
		context.AfterFunc(d.life, d.endCalls)
	}
	if c.after = d.running; c.after != nil {
		c.after.before = c
	}
	d.running = c
	return nil
}

// endCalls ends the contexts of the calls under way.
func (d *device) endCalls() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := d.running; c != nil; c = c.after {
		c.end(context.Canceled)
	}
}

func (d *device) finish(c *callContext) {
	d.mu.Lock()
	if c.after != nil {
		c.after.before = c.before
	}
	if c.before != nil {
		c.before.after = c.after
	} else {
		d.running = c.after
	}
	c.before, c.after = nil, nil
	d.mu.Unlock()
	d.calls.Done()
}

// call runs one command in its turn.
func (d *device) call(ctx context.Context, c class.Call, f func(context.Context, any) error) error {
	own, ok := ctx.(*callContext)
	if !ok { // a call of gRPC's own
		own = newCallContext(ctx, 0)
		own.deadline, _ = ctx.Deadline()
		defer context.AfterFunc(ctx, func() { own.end(ctx.Err()) })()
		defer own.end(context.Canceled)
	}
	if err := d.begin(own); err != nil {
		return err
	}
	defer d.finish(own)
	if !c.Beside || c.Session != "" {
		mine := turn{c.Beside, c.Session}
		if err := d.turns.enter(own, mine); err != nil {
			return fault.Wrap(fault.Unavailable, "wait for the call before", err)
		}
		defer d.turns.leave(mine)
	}
	return guard(c.Op, func() error { return f(own, d.value) })
}

// condition is the device's own view of itself.
func (d *device) condition() class.Condition {
	d.mu.Lock()
	lost := d.fault
	d.mu.Unlock()
	if lost != nil {
		return class.Condition{State: class.StateFailed, Cause: lost.Error()}
	}
	c, ok := d.value.(class.Conditioner)
	if !ok {
		return class.Condition{State: class.StateReady}
	}
	var now class.Condition
	if err := guard("condition", func() error { now = c.Condition(); return nil }); err != nil {
		return class.Condition{State: class.StateDegraded, Cause: err.Error()}
	}
	return now
}
