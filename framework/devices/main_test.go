package devices

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/line/usb"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/shelf"
)

// The test binary is its own plugin: with "plugin" as its argument it serves the
// gate and shelf below.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "plugin" {
		sdk.Serve(testPlugin(os.Args[2:]))
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// testPlugin is a version of the plugin: one that works, or one that a swap to
// finds wanting.
func testPlugin(variant []string) sdk.Plugin {
	p := sdk.Plugin{Name: "test/devices", Version: "1.0.0", Drivers: []sdk.Driver{
		gate.Driver("lane", openGate), shelf.Driver("cells", openShelf), shelf.Driver("plugged", openPlugged), payment.Driver("cards", payment.Capabilities{KeyWindow: time.Hour, LookupByKey: true, HoldLifetime: time.Hour}, openCards),
	}}
	if len(variant) == 0 {
		return p
	}
	p.Version = "2.0.0"
	switch variant[0] {
	case "no-driver":
		p.Drivers = p.Drivers[1:]
	case "other-config":
		p.Drivers[0] = gate.Driver("lane", func(ctx context.Context, e sdk.Env, _ struct {
			Port string `aisle:"port"`
		}) (gate.Gate, error) {
			return openGate(ctx, e, gateConfig{})
		})
	case "needs-config":
		p.Drivers[0] = gate.Driver("lane", func(ctx context.Context, e sdk.Env, _ struct {
			Port string `aisle:"port,required"`
		}) (gate.Gate, error) {
			return openGate(ctx, e, gateConfig{})
		})
	case "refuses", "crashes", "hangs", "offline":
		p.Drivers[0] = gate.Driver("lane", func(ctx context.Context, _ sdk.Env, _ gateConfig) (gate.Gate, error) {
			switch variant[0] {
			case "crashes":
				os.Exit(7)
			case "hangs":
				<-ctx.Done()
			case "offline":
				return nil, fault.New(fault.Unavailable, "no answer from the lane")
			}
			return nil, fault.New(fault.Invalid, "no such gate in this version")
		})
	}
	return p
}

// gateConfig says how a gate misbehaves. A name of a file makes it do so once:
// the file remembers.
type gateConfig struct {
	Invalid bool   `aisle:"invalid"`
	Offline string `aisle:"offline"`
	Lost    string `aisle:"lost"`
	Hang    bool   `aisle:"hang"`
	Worn    bool   `aisle:"worn"`
	Panics  string `aisle:"panics"`
	Bad     string `aisle:"bad"`
	Serial  string `aisle:"serial"`
}

func first(file string) bool {
	if file == "" {
		return false
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

func openGate(ctx context.Context, _ sdk.Env, c gateConfig) (gate.Gate, error) {
	switch {
	case c.Invalid:
		return nil, fault.At("invalid", fault.New(fault.Invalid, "no such gate"))
	case first(c.Offline):
		return nil, fault.New(fault.Unavailable, "no answer from the lane")
	case first(c.Bad):
		panic("no such board")
	case c.Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &testGate{c}, nil
}

type testGate struct{ c gateConfig }

func (g *testGate) Run(ctx context.Context, report func(observe.Passage)) error {
	report(observe.Passage{Interval: observe.At(time.Now()), Direction: observe.DirectionIn})
	if first(g.c.Lost) {
		return fault.New(fault.Unavailable, "cable pulled")
	}
	if first(g.c.Panics) {
		panic("index out of range")
	}
	<-ctx.Done()
	return ctx.Err()
}

func (g *testGate) Admit(_ context.Context, a gate.Admission) error {
	if a.Session == "nobody" {
		return fault.New(fault.Refused, "not in here")
	}
	return nil
}

func (g *testGate) Identity() sdk.Identity {
	return sdk.Identity{Model: "lane", SerialNumber: g.c.Serial}
}

func (g *testGate) Condition() sdk.Condition {
	if g.c.Worn {
		return sdk.Condition{State: 2, Cause: "the motor is worn"}
	}
	return sdk.Condition{State: 1}
}

// shelfConfig has a shelf report so many masses, one in so many microseconds,
// and then no more.
type shelfConfig struct {
	Burst int `aisle:"burst"`
	Every int `aisle:"every"`
	// Flood has it say far too many readings.
	Flood bool `aisle:"flood"`
}

func openShelf(_ context.Context, env sdk.Env, c shelfConfig) (shelf.Shelf, error) {
	return &testShelf{env: env, c: c}, nil
}

// pluggedConfig is that of a shelf on USB: where the kernel shows it, and its number.
type pluggedConfig struct {
	Sys    string `aisle:"sys" json:"sys"`
	Number string `aisle:"number" json:"number"`
}

func openPlugged(_ context.Context, env sdk.Env, c pluggedConfig) (shelf.Shelf, error) {
	for _, p := range (usb.Tree{Sys: c.Sys}).Ports() {
		if p.Number == c.Number {
			return &testShelf{env: env}, nil
		}
	}
	return nil, fault.New(fault.Unavailable, "it is not plugged in")
}

type testShelf struct {
	env   sdk.Env
	c     shelfConfig
	asked int // for its readings
}

// burst reports without waiting for anybody.
func (s *testShelf) burst(ctx context.Context, report func(observe.Weight)) error {
	began := time.Now()
	for n := range s.c.Burst {
		due := time.Duration(n*s.c.Every) * time.Microsecond
		if ahead := due - time.Since(began); ahead > time.Millisecond {
			time.Sleep(ahead)
		}
		report(observe.Weight{Interval: observe.At(began.Add(time.Duration(n) * time.Microsecond)), Bay: 1, Mass: measure.Mass(n + 1)})
	}
	<-ctx.Done()
	return ctx.Err()
}

// Run reports a mass, waits until the host has it, and reports the next.
func (s *testShelf) Run(ctx context.Context, report func(observe.Weight)) error {
	if s.c.Burst > 0 {
		return s.burst(ctx, report)
	}
	for m := measure.Mass(1); ; m++ {
		report(observe.Weight{Interval: observe.At(time.Now()), Bay: len(s.env.Points), Mass: m})
		if err := s.env.Link.Flush(ctx); err != nil {
			return err
		}
	}
}

// journal is a Sink that keeps all and acknowledges when told to.
type journal struct {
	mu       sync.Mutex
	inputs   []event.Input
	changed  chan struct{}
	err      error
	devices  *Devices
	blockers chan struct{}                             // where set, Evidence waits for it
	blocked  chan struct{}                             // gets a word when it does
	taken    func([]event.Evidence)                    // where set, evidence goes there instead
	deaf     func(context.Context, event.Notice) error // where set, asked before a notice is kept
}

func newJournal() *journal {
	return &journal{changed: make(chan struct{}), blocked: make(chan struct{}, 1)}
}

func (j *journal) Evidence(ctx context.Context, batch []event.Evidence) error {
	if j.blockers != nil {
		select {
		case j.blocked <- struct{}{}:
		default:
		}
		select {
		case <-j.blockers:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if j.taken != nil {
		j.taken(batch)
		batch = batch[len(batch)-1:] // of one device
	} else {
		for _, e := range batch {
			if err := j.add(e); err != nil {
				return err
			}
		}
	}
	for _, e := range batch {
		j.devices.Ack(e.Device, e.Epoch, e.Seq)
	}
	return nil
}

// Notice keeps a notice, unless there is an error to give.
func (j *journal) Notice(ctx context.Context, n event.Notice) error {
	if j.deaf != nil {
		if err := j.deaf(ctx, n); err != nil {
			return err
		}
	}
	return j.add(n)
}

func (j *journal) Status(_ context.Context, s event.DeviceStatus) error { return j.add(s) }

func (j *journal) add(in event.Input) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inputs = append(j.inputs, in)
	close(j.changed)
	j.changed = make(chan struct{})
	return j.err
}

func (j *journal) list() []event.Input {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]event.Input(nil), j.inputs...)
}

// await waits until f is content with what there is.
func (j *journal) await(t *testing.T, f func([]event.Input) bool) {
	t.Helper()
	for limit := time.After(patience); ; {
		j.mu.Lock()
		ok, changed := f(j.inputs), j.changed
		j.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("never came: %+v", j.list())
		}
	}
}

// states are the states that a device went through.
func states(inputs []event.Input, address string) (all []event.DeviceStatus) {
	for _, in := range inputs {
		if s, ok := in.(event.DeviceStatus); ok && s.Device == address {
			all = append(all, s)
		}
	}
	return all
}

func words(all []event.DeviceStatus) string {
	s := ""
	for _, v := range all {
		s += string(v.State) + " "
	}
	return s
}

// masses are what a shelf reported in its newest epoch.
func masses(inputs []event.Input, address string) (all []measure.Mass, epoch uint64) {
	for _, in := range inputs {
		if e, ok := in.(event.Evidence); ok && e.Device == address {
			if e.Epoch > epoch {
				all, epoch = nil, e.Epoch
			}
			all = append(all, e.Observed.(observe.Weight).Mass)
		}
	}
	return all, epoch
}

func gateDef(config string) storedef.Device {
	return storedef.Device{Address: "gate.north", Class: storedef.ClassGate, Plugin: "test", Driver: "lane", Config: []byte(config)}
}

func shelfDef() storedef.Device {
	return storedef.Device{Address: "weight_shelf.top", Class: storedef.ClassWeightShelf, Plugin: "test", Driver: "cells",
		Bays: []storedef.Bay{{Number: 1, Address: "weight_shelf.top.bay[1]"}}}
}

// warnings keeps what is logged as worse than information.
type warnings struct {
	slog.Handler

	mu     sync.Mutex
	said   []string
	stacks []string // of what is logged as an error, by device and operation
}

func (w *warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	if r.Level > slog.LevelInfo {
		w.mu.Lock()
		w.said = append(w.said, r.Message)
		of := map[string]string{}
		r.Attrs(func(a slog.Attr) bool { of[a.Key] = a.Value.String(); return true })
		if of["stack"] != "" && r.Level == slog.LevelError {
			w.stacks = append(w.stacks, of["device"]+" "+of["operation"]+": "+of["err"]+"\n"+of["stack"])
		}
		w.mu.Unlock()
	}
	return nil
}

func (w *warnings) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.said...)
}

// rig is a store's devices under way.
type rig struct {
	*Devices
	sup     *supervisor.Supervisor
	journal *journal
	warned  *warnings
	ended   chan struct{} // closed when Run has returned
	stop    func() error
	spec    supervisor.Spec // of version 1
}

// upgrade upgrades the plugin to a variant of it, with the grants of the first.
func (r *rig) upgrade(ctx context.Context, variant string, o *UpgradeOptions) error {
	spec := r.spec
	spec.Args = version(variant).Args
	return r.Upgrade(ctx, "test", spec, o)
}

func start(t *testing.T, j *journal, spec supervisor.Spec, l *supervisor.Limits, defs ...storedef.Device) *rig {
	t.Helper()
	return startWith(t, j, Options{Leases: filepath.Join(t.TempDir(), "leases")}, spec, l, defs...)
}

func startLeased(t *testing.T, leases string, defs ...storedef.Device) *rig {
	t.Helper()
	return startWith(t, newJournal(), Options{Leases: leases}, testSpec(), nil, defs...)
}

// patience is how long a test that is not about a deadline waits for what must
// come, on a machine that has other work.
const patience = time.Minute

// givesUp is how long what can't end is given to: some tests wait it out.
const givesUp = 2 * time.Second

// patient are limits with that for each deadline that a test does not set.
func patient(l *supervisor.Limits) *supervisor.Limits {
	var v supervisor.Limits
	if l != nil {
		v = *l
	}
	for _, d := range []*time.Duration{&v.StartWithin, &v.PingWithin, &v.StopWithin, &v.SwapWithin} {
		if *d == 0 {
			*d = patience
		}
	}
	return &v
}

func startWith(t testing.TB, j *journal, o Options, spec supervisor.Spec, l *supervisor.Limits, defs ...storedef.Device) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "dev")
	if err != nil {
		t.Fatal(err)
	}
	spec.Grants.Write = []string{filepath.Dir(t.TempDir())} // where the plugin leaves what it did
	warned := &warnings{Handler: slog.DiscardHandler}
	l = patient(l)
	sup := supervisor.New(&supervisor.Options{Log: slog.New(slog.DiscardHandler), RunDir: dir, Limits: l})
	if o.Supervisor != nil {
		sup = o.Supervisor
	}
	limits := &Limits{RetryFirst: time.Millisecond, OpenWithin: patience, CloseWithin: givesUp, SettleWithin: givesUp, ClaimEvery: time.Millisecond}
	if o.Limits != nil {
		limits.OpenWithin = o.Limits.OpenWithin
	}
	d, err := New(&Options{
		Store: storedef.Store{Devices: defs}, Plugins: map[string]supervisor.Spec{"test": spec}, Supervisor: sup, Sink: j, Log: slog.New(warned), Leases: o.Leases, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.illegal = func(a string, tr Transition) { panic(fmt.Sprintf("%s can't go from %s to %s", a, tr.From, tr.State)) }
	j.devices = d
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{Devices: d, sup: sup, journal: j, warned: warned, ended: make(chan struct{}), spec: spec}
	var ran error
	go func() {
		defer close(r.ended)
		ran = d.Run(ctx)
	}()
	r.stop = func() error {
		cancel()
		<-r.ended
		return ran
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil && j.err == nil {
			t.Error(err)
		}
		if err := sup.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		os.RemoveAll(dir)
	})
	return r
}

func testSpec() supervisor.Spec {
	return supervisor.Spec{Name: "test", Path: os.Args[0], Args: []string{"plugin"}}
}

func file(t *testing.T) string { return fmt.Sprintf("%q", filepath.Join(t.TempDir(), "once")) }
