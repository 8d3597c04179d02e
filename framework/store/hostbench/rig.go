package hostbench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// patience is how long a measurement waits for what must come.
const patience = time.Minute

// rig is a host: plugins of the zoo, their devices, and a sink that makes all
// durable at once and keeps count.
type rig struct {
	dir     string
	sup     *supervisor.Supervisor
	devices *devices.Devices
	cancel  context.CancelFunc
	ended   chan error

	mu       sync.Mutex
	changed  chan struct{}
	state    map[string]event.DeviceStatus
	readyAt  map[string]time.Time
	troubles map[string]int
	seq      map[string]uint64
	epoch    map[string]uint64
	openings map[string]int
	newest   map[string]time.Time // when the newest report happened
	gaps     map[string]uint64    // reports stated as lost or missing, by device
	reports  map[string]uint64
	delays   []float64 // milliseconds from the event to here
	timing   bool
	stall    chan struct{} // where set, Evidence waits for it
	next     devices.Sink  // where set, evidence goes on there
}

// member is one plugin of a rig.
type member struct {
	name    string
	animal  string
	python  bool
	args    []string
	devices int
	readers int // of credentials, besides
}

// options of a rig.
type options struct {
	limits *supervisor.Limits
	log    *slog.Logger
	next   devices.Sink
	path   map[string]string // programs that are not the zoo's, by plugin
	agent  supervisor.Remote // where set, all plugins run there, under their names
}

func (b *bench) rig(o options, members ...member) (*rig, error) {
	return newRig(b.programs, b.dir, o, members...)
}

func newRig(programs zoo.Programs, under string, o options, members ...member) (*rig, error) {
	dir, err := os.MkdirTemp(under, "r")
	if err != nil {
		return nil, err
	}
	if o.log == nil {
		o.log = slog.New(slog.DiscardHandler)
	}
	r := &rig{dir: dir, changed: make(chan struct{}), state: map[string]event.DeviceStatus{}, readyAt: map[string]time.Time{},
		troubles: map[string]int{}, seq: map[string]uint64{}, epoch: map[string]uint64{}, gaps: map[string]uint64{},
		reports: map[string]uint64{}, openings: map[string]int{}, newest: map[string]time.Time{}, next: o.next, ended: make(chan error, 1)}
	r.sup = supervisor.New(&supervisor.Options{RunDir: dir, Log: o.log, Limits: o.limits})
	def, specs := shop(programs, o, members)
	r.devices, err = devices.New(&devices.Options{Store: def, Plugins: specs, Supervisor: r.sup, Sink: r, Log: o.log})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// shop is a store of weight shelves and readers.
func shop(programs zoo.Programs, o options, members []member) (storedef.Store, map[string]supervisor.Spec) {
	def, specs := storedef.Store{}, map[string]supervisor.Spec{}
	for _, m := range members {
		specs[m.name] = programs.Spec(zoo.Animal{Name: m.animal, Python: m.python}, m.name, "bench", m.args...)
		if path := o.path[m.name]; path != "" {
			specs[m.name] = supervisor.Spec{Name: m.name, Path: path}
		}
		if o.agent != nil {
			specs[m.name] = supervisor.Spec{Name: m.name, Agent: o.agent}
		}
		for n := range m.readers {
			def.Devices = append(def.Devices, storedef.Device{Address: fmt.Sprintf("credential_reader.%s_%d", m.name, n),
				Class: storedef.ClassCredentialReader, Plugin: m.name, Driver: "credential"})
		}
		for n := range m.devices {
			address := fmt.Sprintf("weight_shelf.%s_%d", m.name, n)
			def.Devices = append(def.Devices, storedef.Device{Address: address, Class: storedef.ClassWeightShelf, Plugin: m.name,
				Driver: "shelf", Bays: []storedef.Bay{{Number: 1, Address: address + ".bay[1]"}}})
		}
	}
	return def, specs
}

func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.ended <- r.devices.Run(ctx) }()
}

// stop ends the host; its error says what could not be ended.
func (r *rig) stop() error {
	r.cancel()
	err := <-r.ended
	if e := r.sup.Close(); err == nil {
		err = e
	}
	if e := os.RemoveAll(r.dir); err == nil {
		err = e
	}
	return err
}

// Evidence makes the rig a sink.
func (r *rig) Evidence(ctx context.Context, batch []event.Evidence) error {
	r.mu.Lock()
	stall := r.stall
	r.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.mu.Lock()
	for _, e := range batch {
		r.note(e)
	}
	r.wake()
	r.mu.Unlock()
	if r.next != nil {
		return r.next.Evidence(ctx, batch)
	}
	for _, e := range batch {
		r.devices.Ack(e.Device, e.Epoch, e.Seq)
	}
	return nil
}

// note counts one report, and what is missing before it. The lock is held.
func (r *rig) note(e event.Evidence) {
	if e.Epoch != r.epoch[e.Device] {
		r.epoch[e.Device], r.seq[e.Device] = e.Epoch, 0
		r.openings[e.Device]++
	}
	lost := uint64(0)
	if e.Gap != nil {
		lost = e.Gap.Lost
		r.gaps[e.Device] += lost
	} else {
		r.reports[e.Device]++
	}
	if want := r.seq[e.Device] + max(lost, 1); e.Seq != want {
		r.gaps[e.Device] += e.Seq - want
		r.troubles[e.Device]++
	}
	r.seq[e.Device] = e.Seq
	if e.Observed != nil {
		r.newest[e.Device] = e.Observed.Span().Settled
	}
	if w, ok := e.Observed.(observe.Weight); ok && r.timing {
		r.delays = append(r.delays, float64(time.Since(w.Onset))/1e6)
	}
}

// Status takes note of a state.
func (r *rig) Status(ctx context.Context, s event.DeviceStatus) error {
	r.mu.Lock()
	r.state[s.Device] = s
	switch s.State {
	case event.StateReady:
		r.readyAt[s.Device] = time.Now()
	case event.StateClaiming, event.StateClosing, event.StateUnconfigured:
	case event.StateDegraded, event.StateOffline, event.StateFailed, event.StateQuarantined:
		r.troubles[s.Device]++
	}
	r.wake()
	r.mu.Unlock()
	if r.next != nil {
		return r.next.Status(ctx, s)
	}
	return nil
}

// Notice hands on what a processor says by itself.
func (r *rig) Notice(ctx context.Context, n event.Notice) error {
	if r.next != nil {
		return r.next.Notice(ctx, n)
	}
	return nil
}

func (r *rig) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// await waits until f, called with the lock held, is content.
func (r *rig) await(ctx context.Context, what string, f func() bool) error {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		r.mu.Lock()
		ok, changed := f(), r.changed
		r.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			r.mu.Lock()
			defer r.mu.Unlock()
			return fmt.Errorf("never: %s; %v", what, r.state)
		}
	}
}

// ready waits until n devices are.
func (r *rig) ready(ctx context.Context, n int) error {
	return r.await(ctx, fmt.Sprintf("%d devices ready", n), func() bool {
		ready := 0
		for _, s := range r.state {
			if s.State == event.StateReady {
				ready++
			}
		}
		return ready >= n
	})
}

// readyAfter waits until a device is ready that was so before at an instant.
func (r *rig) readyAfter(ctx context.Context, address string, at time.Time) (took time.Duration, err error) {
	err = r.await(ctx, address+" ready again", func() bool {
		took = r.readyAt[address].Sub(at)
		return took > 0
	})
	return took, err
}

// others sums up the troubles and gaps of all devices but one.
func (r *rig) others(address string) (troubles int, gaps uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, n := range r.troubles {
		if a != address {
			troubles += n
		}
	}
	for a, n := range r.gaps {
		if a != address {
			gaps += n
		}
	}
	return troubles, gaps
}

// told waits until a device tells of what happened after an instant: all that
// it told of before has come then, or is stated as lost.
func (r *rig) told(ctx context.Context, address string, at time.Time) error {
	return r.await(ctx, "news of "+address, func() bool { return r.newest[address].After(at) })
}

// count gives what became of a device's reports.
func (r *rig) count(address string) counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := counts{Reports: r.reports[address], Last: r.seq[address], Wrong: r.troubles[address], Lost: r.gaps[address]}
	if r.state[address].State != event.StateReady {
		c.Missing++
	}
	// What an opening had that is over is missing, and nobody knows how much.
	c.Missing += uint64(max(r.openings[address]-1, 0)) //nolint:gosec // few
	return c
}

// pid is a plugin's process.
func (r *rig) pid(plugin string) int {
	for _, s := range r.sup.Status() {
		if s.Name == plugin {
			return s.PID
		}
	}
	return 0
}

// pause waits; false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
