package wired

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/dispatch"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/gate"
)

// snapshotEvery is how many records recovery folds at most here: few, so that
// hosts recover from snapshots.
const snapshotEvery = 300

// host is one life of a host: what package store makes of a store's parts.
type host struct {
	w     *world
	sup   *supervisor.Supervisor
	eng   *engine.Engine
	calls *dispatch.Dispatcher
	devs  *devices.Devices
	tap   *tap

	stopCalls, stopDevices, stopEngine context.CancelFunc
	callsDone, devicesDone, engineDone chan struct{}
	failed                             chan error // the engine, or devices, ended by itself
	killed                             chan struct{}
	once                               sync.Once
}

// sink gives the engine what devices report.
type sink struct{ *engine.Engine }

func (s sink) Status(ctx context.Context, st event.DeviceStatus) error {
	return s.DeviceStatus(ctx, st)
}

// directory gives dispatch the devices, and times the calls.
type directory struct{ h *host }

func (d directory) Gate(address string) (dispatch.Gate, error) {
	g, _, err := d.h.devs.Gate(address)
	if err != nil {
		return nil, err
	}
	return timedGate{g, d.h.w}, nil
}

func (d directory) Payment(address string) (dispatch.Payment, error) {
	p, _, err := d.h.devs.Payment(address)
	if err != nil {
		return nil, err
	}
	return timedPayment{p, d.h.w}, nil
}

func (d directory) Reader(address string) (dispatch.Reader, bool, error) {
	return d.h.devs.Reader(address)
}

type timedGate struct {
	dispatch.Gate
	w *world
}

func (g timedGate) Admit(ctx context.Context, a gate.Admission) error {
	defer g.w.timed(ctx, "admit", dispatch.AdmitWithin)()
	return g.Gate.Admit(ctx, a)
}

// timed holds a call to its deadline: P5.
func (w *world) timed(ctx context.Context, op string, within time.Duration) func() {
	began := time.Now()
	return func() {
		if took := time.Since(began); took > within+late {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.violate("P5", "", "a call to %s took %v, its deadline was %v (%v)", op, took, within, ctx.Err())
		}
	}
}

// begin runs f beside the host until the function that it returns is called, and
// closes done at its end.
func begin(f func(context.Context)) (stop context.CancelFunc, done chan struct{}) {
	ctx, cancel := context.WithCancel(context.Background())
	done = make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	return cancel, done
}

// startHost brings a host up on the journal, in the order in which package store
// does.
func (w *world) startHost(j journal.Journal, log *slog.Logger) (*host, error) {
	h := &host{w: w, tap: &tap{Journal: j, w: w}, failed: make(chan error, 4), killed: make(chan struct{})}
	work := &clock.Work{}
	h.sup = supervisor.New(&supervisor.Options{Log: log, Launcher: supervisor.NoLauncher})
	h.eng = engine.New(engine.Options{
		Journal: h.tap, Clock: bubbleClock{}, Work: work, SnapshotEvery: snapshotEvery, Log: log,
		Ack:         func(device string, epoch, seq uint64) { h.devs.Ack(device, epoch, seq) },
		Ask:         func(a event.Ask, again bool) { h.calls.Send(a, again) },
		EntryClosed: func(reason string) { h.calls.CloseEntry(reason) },
	})
	if err := h.eng.Recover(w.store, w.digest); err != nil {
		return nil, err
	}
	h.calls = dispatch.New(dispatch.Options{Devices: directory{h}, Clock: bubbleClock{}, Work: work, Answer: h.eng.Answer, Log: log})
	specs := map[string]supervisor.Spec{}
	for name, m := range w.machines {
		specs[name] = supervisor.Spec{Name: name, Agent: m}
	}
	var err error
	h.devs, err = devices.New(&devices.Options{Store: w.store, Plugins: specs, Supervisor: h.sup, Sink: sink{h.eng}, Log: log, Floor: h.eng.Floor(), Leases: w.leases})
	if err != nil {
		return nil, err
	}
	h.stopEngine, h.engineDone = begin(func(ctx context.Context) { h.ended(h.eng.Run(ctx)) })
	h.stopDevices, h.devicesDone = begin(func(ctx context.Context) { h.ended(h.devs.Run(ctx)) })
	h.stopCalls, h.callsDone = begin(func(ctx context.Context) {
		opened := make(chan struct{})
		go func() {
			defer close(opened)
			_ = h.devs.Opened(ctx) // one that does not open now is opened later
		}()
		<-opened
		h.calls.Run(ctx)
	})
	return h, nil
}

func (h *host) ended(err error) {
	if err != nil {
		h.failed <- err
	}
}

// kill ends the host as SIGKILL does: nothing more is written, its plugins die
// with it, and nobody is told.
func (h *host) kill() { h.once.Do(func() { close(h.killed) }) }

// down waits until nothing is left of a host that was killed.
func (h *host) down() {
	h.tap.end()
	for _, m := range h.w.machines {
		m.Crash(errors.New("the host is gone"))
	}
	h.stopCalls()
	h.stopDevices()
	h.stopEngine()
	h.gone()
}

// gone waits for the parts, and books what they counted.
func (h *host) gone() {
	<-h.callsDone
	<-h.devicesDone
	<-h.engineDone
	for _, v := range h.devs.Status() {
		h.w.stale[v.Address] += v.Stale
	}
	if err := h.sup.Close(); err != nil {
		h.w.mu.Lock()
		h.w.violate("P3", "", "the supervisor does not close: %v", err)
		h.w.mu.Unlock()
	}
}

// stop ends the host in order.
func (h *host) stop() {
	h.stopCalls()
	<-h.callsDone
	h.stopDevices()
	<-h.devicesDone
	h.stopEngine()
	h.gone()
}

// quiet reports whether nothing is left to do.
func (h *host) quiet() bool {
	s := h.eng.Status()
	return s.Open == 0 && s.Asks == 0 && h.calls.InHand() == 0 && !slices.ContainsFunc(h.devs.Status(), func(v devices.View) bool {
		return v.State != event.StateReady || v.Queue > 0
	})
}

// tap is the journal as the host has it. Whoever judges hears of each group as
// it becomes durable.
type tap struct {
	journal.Journal
	w *world

	mu   sync.Mutex
	dead error
}

var errKilled = errors.New("the host was killed")

func (t *tap) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead == nil {
		t.dead = errKilled
	}
}

// Append writes a group, slowly or not at all where that is drawn.
func (t *tap) Append(drafts []journal.Draft) ([]journal.Entry, error) {
	w := t.w
	w.mu.Lock()
	slow, fails, killed := w.hit(slowSync), w.hit(writeFails), w.hit(hostKilledSyncing)
	if slow {
		w.tookFor(slowSync, "")
	}
	w.mu.Unlock()
	if slow {
		time.Sleep(5 * time.Second)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead != nil {
		return nil, t.dead
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if fails {
		w.tookFor(writeFails, "")
		t.dead = fmt.Errorf("%w: input/output error", journal.ErrFailed)
		return nil, t.dead
	}
	entries, err := t.Journal.Append(drafts)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		w.durable(e)
	}
	if killed {
		w.tookFor(hostKilledSyncing, "")
		t.dead = errKilled
		return nil, t.dead
	}
	return entries, nil
}

// Snapshot keeps a state, unless the host is gone.
func (t *tap) Snapshot(seq uint64, state []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead != nil {
		return t.dead
	}
	return t.Journal.Snapshot(seq, state)
}

// durable is a record that can't be lost any more. The world's lock is held.
func (w *world) durable(e journal.Entry) {
	r, err := engine.Record(e)
	if err != nil {
		w.violate("encoding", "", "%v", err)
		return
	}
	if in, ok := r.Input.(event.Evidence); ok {
		w.books.journalled(&in)
	}
	w.tell("%d %s %+v", r.Seq, event.InputName(r.Input), r.Input)
	w.witness.Record(time.Now(), e.Body)
	for _, f := range r.Facts {
		if a, ok := f.(event.Asked); ok && a.Ask.Operation == event.OpAdmit {
			w.sessions[a.Ask.Admission] = a.Ask.Session
		}
		if q, ok := f.(event.Quarantined); ok {
			w.violate("panic", "", "the core panicked: %s", q.Panic)
		}
		w.tell("    %s %+v", event.FactName(f), f)
	}
}
