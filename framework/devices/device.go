package devices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/devices/lease"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// device is one device of the store. Its state changes in one goroutine at a
// time: the session's, or the supervisor's between sessions.
type device struct {
	plugin *plugin
	def    storedef.Device
	handle uint32
	points map[string]string

	// pending has its reports wait: its definition is not in force yet.
	pending hold
	// stop ends the session's goroutine of the device, which closes ended; under
	// the plugin's lock.
	stop  context.CancelCauseFunc
	ended chan struct{}

	// news gets what the plugin says of the device; one goroutine reads it while
	// a session runs.
	news chan news

	once     sync.Once
	first    chan struct{} // closed at the first outcome
	firstErr error

	counters *counters
	traffic  traffic
	claim    claim
	taking   atomic.Uint64 // the epoch whose reports are taken

	mu      sync.Mutex
	view    View
	history history
	conf    json.RawMessage
	host    *host.Plugin // where it is open
	opened  bool         // whether it ever was
	misses  int          // healths in a row that did not name it

	readings readings
	// last is the last report of the opening with which it moved off an
	// instance, lastOn.
	last   uint64
	lastOn *supervisor.Instance
	// tried is the instance that it was last to be opened on, triedErr what came
	// of it.
	tried    *supervisor.Instance
	triedErr error
}

// news is word of a device: that it was lost, or its condition.
type news struct {
	epoch     uint64
	lost      error
	condition *class.Condition
}

func newDevice(p *plugin, def storedef.Device, handle uint32) *device {
	v := &device{
		plugin: p, def: def, handle: handle, conf: json.RawMessage(def.Config), points: map[string]string{},
		news: make(chan news, 1), first: make(chan struct{}), counters: newCounters(def.Class),
		view: View{Address: def.Address, Plugin: def.Plugin, Driver: def.Driver, Class: def.Class,
			State: event.StateUnconfigured, Since: time.Now()},
	}
	for _, b := range def.Bays {
		v.points[strings.TrimPrefix(b.Address, def.Address+".")] = b.Address
	}
	return v
}

// keep opens the device and opens it again whenever it is lost, until ctx ends.
// Observed is closed when the last of its evidence has been handed on.
func (v *device) keep(ctx context.Context, in *supervisor.Instance, observed <-chan struct{}) {
	l := v.plugin.all.limits
	fresh := true // state the claim: it is no mere repetition
	// A device that could not move off this instance has reports of its last
	// opening on the way: they come first.
	if v.plugin.arrived(ctx, in, v) != nil {
		v.leave(ctx, in, observed)
		return
	}
	for n := 1; ; n++ {
		if !pause(ctx, l.delay(n, rand.Float64())) {
			break
		}
		epoch, err := v.open(ctx, in, fresh)
		if ctx.Err() != nil {
			break
		}
		fresh = false
		v.tries(in, err)
		if err != nil {
			v.plugin.renew(in)
		}
		var held *lease.HeldError
		if errors.As(err, &held) { // it may be let go at any time, and asking costs nothing
			n = 0
			if !pause(ctx, l.ClaimEvery) {
				break
			}
			continue
		}
		switch fault.CodeOf(err) {
		case fault.None:
			opened := time.Now()
			v.stay(ctx, epoch)
			fresh = true
			if time.Since(opened) >= l.QuietFor {
				n = 0
			}
		case fault.Invalid, fault.Unsupported:
			<-ctx.Done() // the store file must be mended; another try is the same mistake
		case fault.Refused, fault.Unavailable, fault.Unknown, fault.Internal:
		}
	}
	v.leave(ctx, in, observed)
}

func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// open opens the device under a new epoch and states the outcome.
func (v *device) open(ctx context.Context, in *supervisor.Instance, fresh bool) (uint64, error) {
	all := v.plugin.all
	epoch := all.epochs.next()
	v.take(epoch)
	if fresh {
		v.to(ctx, event.StateClaiming, epoch, "")
	}
	if err := v.claimAgain(epoch); err != nil {
		return epoch, v.held(ctx, epoch, err)
	}
	opened, err := v.call(ctx, in, epoch)
	if ctx.Err() != nil {
		return epoch, err
	}
	if err == nil {
		if err := v.claimAs(in.Description().Name, opened.Identity, epoch); err != nil {
			v.shut(ctx, in, epoch)
			return epoch, v.held(ctx, epoch, err)
		}
	}
	if err != nil {
		v.tellPanic("open", err)
		v.to(ctx, stateOf(err), epoch, err.Error())
		v.outcome(&DeviceError{Address: v.def.Address, Path: fault.PathOf(err), Err: err})
		return epoch, err
	}
	v.mu.Lock()
	v.host, v.misses, v.opened, v.readings.now = in.Plugin(), 0, true, nil
	v.view.Identity, v.view.Abilities = opened.Identity, opened.Abilities
	v.mu.Unlock()
	v.to(ctx, event.StateReady, epoch, "")
	v.traffic.release()
	v.outcome(nil)
	return epoch, nil
}

// held states that somebody else holds the device. It goes on being claimed.
func (v *device) held(ctx context.Context, epoch uint64, err error) error {
	v.to(ctx, event.StateClaiming, epoch, err.Error())
	v.outcome(&DeviceError{Address: v.def.Address, Err: err})
	return err
}

// shut closes an opening that is of no use.
func (v *device) shut(ctx context.Context, in *supervisor.Instance, epoch uint64) {
	call, cancel := context.WithTimeout(ctx, v.plugin.all.limits.CloseWithin)
	defer cancel()
	if err := in.Plugin().Close(call, v.handle, epoch); err != nil {
		v.plugin.all.log.Warn("device did not close", "device", v.def.Address, "error", err)
	}
}

func (v *device) call(ctx context.Context, in *supervisor.Instance, epoch uint64) (host.Opened, error) {
	all := v.plugin.all
	if _, err := v.driver(in); err != nil {
		return host.Opened{}, err
	}
	call, cancel := context.WithTimeout(ctx, all.limits.OpenWithin)
	defer cancel()
	opened, err := in.Plugin().Open(call, host.OpenRequest{
		Handle: v.handle, Epoch: epoch, Driver: v.def.Driver, Address: v.def.Address,
		Config: v.config(in), Points: v.points, Safety: all.safety,
	})
	// gRPC keeps the deadline at both ends, and the plugin's may be the first to
	// tell.
	late := call.Err() != nil || errors.Is(err, context.DeadlineExceeded)
	switch {
	case err == nil || ctx.Err() != nil:
	case late:
		err = fault.Errorf(fault.Unavailable, "it did not open within %v", all.limits.OpenWithin)
	case fault.CodeOf(err) == fault.Unknown:
		// It broke off: most likely the plugin has ended, which says more than
		// that. Where it has, ctx ends.
		pause(ctx, endWithin)
	}
	return opened, err
}

// stay waits until the device is lost, which it states, or ctx ends, and states
// its condition meanwhile.
func (v *device) stay(ctx context.Context, epoch uint64) {
	defer v.listening(ctx, epoch)()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-v.news:
			switch {
			case n.epoch != epoch:
			case n.lost != nil:
				v.closed()
				v.to(ctx, stateOf(n.lost), epoch, n.lost.Error())
				return
			default:
				v.change(ctx, conditionState(n.condition.State), epoch, n.condition.Cause, powerOf(n.condition.Power))
			}
		}
	}
}

// leave states why the device is no longer open, and closes it where the plugin
// is there to do so.
func (v *device) leave(ctx context.Context, in *supervisor.Instance, observed <-chan struct{}) {
	if errors.Is(context.Cause(ctx), supervisor.ErrSwap) {
		if u := v.plugin.upgrading(); u != nil {
			u.leaving(v.plugin.live())
		}
		v.move(context.WithoutCancel(ctx), in)
		return
	}
	if errors.Is(context.Cause(ctx), errDropped) {
		v.drop(context.WithoutCancel(ctx), in)
		return
	}
	defer v.unclaim()
	v.closed()
	epoch := v.epoch()
	var crash *supervisor.Crash
	if errors.As(context.Cause(ctx), &crash) {
		<-observed // its last evidence comes before the word of its end
		v.to(context.WithoutCancel(ctx), event.StateFailed, epoch, crash.Error())
		v.take(0)
		return
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.plugin.all.limits.CloseWithin)
	defer cancel()
	v.to(late, event.StateClosing, epoch, "")
	v.shut(late, in, epoch)
}

// to goes to a state and states it.
func (v *device) to(ctx context.Context, state event.DeviceState, epoch uint64, cause string) {
	v.mu.Lock()
	power := v.view.Power
	v.mu.Unlock()
	switch state {
	case event.StateFailed, event.StateQuarantined:
		power = "" // nobody is there to tell
	case event.StateUnconfigured, event.StateClaiming, event.StateReady, event.StateDegraded, event.StateOffline, event.StateClosing:
	}
	v.change(ctx, state, epoch, cause, power)
}

// change goes to a state and hands it to the Sink and the log, once.
func (v *device) change(ctx context.Context, state event.DeviceState, epoch uint64, cause string, power event.PowerState) {
	now := time.Now()
	t := Transition{At: now, State: state, Epoch: epoch, Power: power, Cause: bound(cause)}
	v.mu.Lock()
	was := v.view
	t.From = was.State
	news := isNews(was, t)
	v.view.State, v.view.Epoch, v.view.Cause, v.view.Power = state, epoch, t.Cause, power
	if news {
		v.view.Since = now
		v.history.add(t)
	}
	if t.Cause != "" && was.Cause != t.Cause {
		v.view.LastError, v.view.LastErrorAt = t.Cause, now
	}
	v.mu.Unlock()
	if !news {
		return
	}
	if !Legal(t.From, state) {
		v.plugin.all.illegal(v.def.Address, t)
	}
	v.plugin.changed()
	v.log(was, state, t.Cause)
	st := event.DeviceStatus{Device: v.def.Address, Epoch: epoch, State: state, Cause: t.Cause, Power: power}
	err := v.plugin.all.sink.Status(ctx, st)
	if err != nil && ctx.Err() == nil {
		v.plugin.fail(&sinkError{fmt.Errorf("state %s: %w", v.def.Address, err)})
	}
}

// isNews reports whether a transition is worth telling. It is none that an
// opening is in the same state for another cause, nor that another try failed
// for the same one; but who holds a device that is claimed is.
func isNews(was View, t Transition) bool {
	switch {
	case was.State != t.State:
		return true
	case powerNews(was.Power, t.Power):
		return true
	case t.State == event.StateClaiming && t.Cause != "":
		return was.Cause != t.Cause
	case was.Epoch == t.Epoch:
		return t.State == event.StateClaiming && was.Cause != ""
	}
	return claims(t.State) || was.Cause != t.Cause
}

// powerNews reports whether a change of power is worth telling where the state
// is the same. That a device which works has power is none.
func powerNews(was, now event.PowerState) bool {
	quiet := func(p event.PowerState) bool { return p == "" || p == event.PowerUnknown || p == event.PowerOnline }
	return was != now && !(quiet(was) && quiet(now))
}

// claims reports whether a state is about one opening above all.
func claims(s event.DeviceState) bool { return s == event.StateClaiming || s == event.StateReady }

// tellPanic logs a panic of the vendor's code with its stack, which a state's
// cause has no room for.
func (v *device) tellPanic(op string, err error) {
	if stack := host.Stack(err); stack != "" {
		v.plugin.all.log.Error("the device's plugin panicked", "device", v.def.Address, "plugin", v.plugin.name,
			"operation", op, "err", err, "stack", stack)
	}
}

// log tells once of a loss and once of a return.
func (v *device) log(was View, state event.DeviceState, cause string) {
	log := v.plugin.all.log.With("device", v.def.Address, "plugin", v.plugin.name)
	switch state {
	case event.StateReady:
		log.Info("device is ready", "was", was.State)
	case event.StateClaiming, event.StateClosing:
		log.Debug("device is " + string(state))
	case event.StateQuarantined: // nothing but an operator brings it back
		log.Error("device is quarantined", "was", was.State, "cause", cause)
	case event.StateUnconfigured, event.StateDegraded, event.StateOffline, event.StateFailed:
		log.Warn("device is "+string(state), "was", was.State, "cause", cause)
	}
}
