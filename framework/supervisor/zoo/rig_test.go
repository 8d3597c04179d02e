package zoo

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
)

// The two devices of each rig.
const goodAddress = "weight_shelf.good"

// The deadlines of a rig. The grace of a stop is the host's own.
const (
	closeWithin  = 300 * time.Millisecond
	settleWithin = 100 * time.Millisecond
	// patience is how long a rig waits for what must come, and is the deadline
	// of what an animal does not let pass on purpose. A machine that has other
	// work may take long over it.
	patience = 2 * time.Minute
	// passes is a deadline that an animal lets pass. Its neighbour has to keep
	// it, however busy the machine is.
	passes = 3 * time.Second
)

// limits are the deadlines of an animal and its neighbour.
func (a Animal) limits() (supervisor.Limits, devices.Limits) {
	s := supervisor.Limits{StartWithin: patience, PingEvery: 200 * time.Millisecond, PingWithin: patience, StopWithin: patience,
		OutputNote: 200 * time.Millisecond, RestartFirst: 2 * time.Second}
	d := devices.Limits{OpenWithin: patience, CloseWithin: closeWithin, SettleWithin: settleWithin}
	switch a.Refused {
	case supervisor.ReasonHung:
		s.StartWithin = 0 // the host's own
	case supervisor.ReasonExited:
		s.EndWithin = patience
	}
	if slices.Contains(a.Says, "does not answer") {
		s.PingWithin = passes
	}
	if slices.Contains(a.Says, "did not open within") {
		d.OpenWithin = passes
	}
	return s, d
}

// rig is one animal beside a well-behaved plugin, on one supervisor.
type rig struct {
	t       *testing.T
	animal  Animal
	address string
	token   string
	dir     string
	devices *devices.Devices
	sup     *supervisor.Supervisor
	stop    func() error

	mu      sync.Mutex
	changed chan struct{}
	states  map[string][]event.DeviceStatus
	seqs    map[string][]uint64 // of evidence, by device, in its newest epoch
	epochs  map[string]int
	reports map[string]int
	lost    map[string]uint64
	logs    []string
	lines   int
	broken  []string // what was wrong with the neighbour
	ending  bool
}

func (a Animal) class() storedef.Class {
	if a.Class == "" {
		return storedef.ClassWeightShelf
	}
	return a.Class
}

func newRig(t *testing.T, a Animal, args ...string) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "zoo")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, animal: a, dir: dir, token: "token-" + filepath.Base(dir), changed: make(chan struct{}),
		address: string(a.class()) + ".zoo", states: map[string][]event.DeviceStatus{},
		seqs: map[string][]uint64{}, epochs: map[string]int{}, reports: map[string]int{}, lost: map[string]uint64{}}
	log := slog.New(r)
	own, its := a.limits()
	r.sup = supervisor.New(&supervisor.Options{Log: log, RunDir: dir, Limits: &own})
	good := programs.Spec(Animal{Name: "good"}, "good", r.token)
	good.StartWithin = patience
	r.devices, err = devices.New(&devices.Options{
		Store: storedef.Store{Devices: []storedef.Device{shelfOf(goodAddress, "good"), r.device()}},
		Plugins: map[string]supervisor.Spec{
			"good": good,
			"zoo":  programs.Spec(a, "zoo", r.token, append([]string{descriptors}, args...)...),
		},
		Supervisor: r.sup, Sink: r, Log: log,
		Limits: &its,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.devices.Run(ctx) }()
	r.stop = sync.OnceValue(func() error {
		r.mu.Lock()
		r.ending = true
		r.mu.Unlock()
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			stacks := make([]byte, 1<<20)
			return fmt.Errorf("the host did not end in time:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	})
	return r
}

// maxLines is how many lines of plugins a rig keeps.
const maxLines = 1000

func shelfOf(address, plugin string) storedef.Device {
	return storedef.Device{Address: address, Class: storedef.ClassWeightShelf, Plugin: plugin, Driver: "shelf",
		Bays: []storedef.Bay{{Number: 1, Address: address + ".bay[1]"}}}
}

func (r *rig) device() storedef.Device {
	d := storedef.Device{Address: r.address, Class: r.animal.class(), Plugin: "zoo", Driver: r.animal.class().Contract()}
	if d.Class == storedef.ClassWeightShelf {
		d.Bays = []storedef.Bay{{Number: 1, Address: r.address + ".bay[1]"}}
	}
	return d
}

// Evidence makes the rig a sink that has all made durable at once.
func (r *rig) Evidence(_ context.Context, batch []event.Evidence) error {
	r.mu.Lock()
	for _, e := range batch {
		if e.Gap != nil {
			r.lost[e.Device] += e.Gap.Lost
		} else {
			r.reports[e.Device]++
		}
		if e.Device == goodAddress {
			r.neighbour(e)
		}
	}
	r.wake()
	r.mu.Unlock()
	for _, e := range batch {
		r.devices.Ack(e.Device, e.Epoch, e.Seq)
	}
	return nil
}

// neighbour looks that the neighbour's numbers have no gap. The lock is held.
func (r *rig) neighbour(e event.Evidence) {
	seqs := r.seqs[e.Device]
	if e.Gap != nil || int(e.Seq) != len(seqs)+1 { //nolint:gosec // small
		r.broken = append(r.broken, fmt.Sprintf("report %d came after %d, gap %v", e.Seq, len(seqs), e.Gap))
	}
	r.seqs[e.Device] = append(seqs, e.Seq)
}

// Notice takes note of what a processor says by itself.
func (r *rig) Notice(_ context.Context, n event.Notice) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports[n.Device]++
	r.wake()
	return nil
}

// Status takes note of a device's state.
func (r *rig) Status(_ context.Context, s event.DeviceStatus) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states[s.Device] = append(r.states[s.Device], s)
	if s.Device == goodAddress && !r.ending && s.State != event.StateClaiming && s.State != event.StateReady {
		r.broken = append(r.broken, fmt.Sprintf("it became %s: %s", s.State, s.Cause))
	}
	r.wake()
	return nil
}

// wake tells whoever waits that something came. The lock is held.
func (r *rig) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// await waits until f, called with the lock held, is content.
func (r *rig) await(what string, f func() bool) {
	r.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		r.mu.Lock()
		ok, changed := f(), r.changed
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			r.t.Errorf("never: %s\n%s", what, r.tell())
			r.finish()
			r.t.FailNow()
		}
	}
}

// tell says all that the rig knows.
func (r *rig) tell() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, s := range r.states[r.address] {
		fmt.Fprintf(&b, "  %s %q\n", s.State, s.Cause)
	}
	fmt.Fprintf(&b, "  reports %d, lost %d\n", r.reports[r.address], r.lost[r.address])
	for _, l := range r.logs[:min(len(r.logs), 20)] {
		fmt.Fprintf(&b, "  log: %.300s\n", l)
	}
	return b.String()
}

// grows waits for more of the neighbour's evidence.
func (r *rig) grows(by int) {
	r.t.Helper()
	r.mu.Lock()
	from := r.reports[goodAddress]
	r.mu.Unlock()
	r.await("the neighbour goes on reporting", func() bool { return r.reports[goodAddress] >= from+by })
}

// finish stops all and looks what is left.
func (r *rig) finish() {
	r.t.Helper()
	var groups []string
	for _, st := range r.sup.Status() {
		if st.PID > 0 {
			groups = append(groups, cgroupsOf(st.PID)...)
		}
	}
	if err := r.stop(); err != nil {
		r.t.Errorf("stop: %v", err)
	}
	for _, dir := range groups {
		if _, err := os.Stat(dir); err == nil {
			tasks, _ := os.ReadFile(filepath.Join(dir, "tasks"))
			r.t.Errorf("control group left: %s, with threads %q; this process is %d", dir, tasks, os.Getpid())
		}
	}
	if err := r.sup.Close(); err != nil {
		r.t.Errorf("close: %v", err)
	}
	for _, what := range r.broken {
		r.t.Errorf("the neighbour was disturbed: %s", what)
	}
	if left, _ := filepath.Glob(filepath.Join(r.dir, "*")); len(left) > 0 {
		r.t.Errorf("files left: %v", left)
	}
	if left := leftovers(r.token); len(left) > 0 {
		r.t.Errorf("left: %v", left)
	}
	_ = os.RemoveAll(r.dir) // what is left in it was told
}

// Enabled, Handle, WithAttrs and WithGroup make the rig a log handler.
func (r *rig) Enabled(context.Context, slog.Level) bool { return true }

func (r *rig) Handle(_ context.Context, rec slog.Record) error {
	line := rec.Message
	rec.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	r.mu.Lock()
	defer r.mu.Unlock()
	said := strings.Contains(line, " stream=std")
	if strings.ContainsAny(line, "\x1b\u202e") || said && strings.Contains(line, "\n") {
		r.broken = append(r.broken, fmt.Sprintf("a log line is not escaped: %q", line))
	}
	if r.lines++; !said || r.lines < maxLines {
		r.logs = append(r.logs, line)
		r.wake()
	}
	return nil
}

func (r *rig) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *rig) WithGroup(string) slog.Handler      { return r }
