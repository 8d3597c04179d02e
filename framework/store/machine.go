package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/dispatch"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/framework/metrics"
	"github.com/openaisle/aisle/framework/peer"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/framework/trace"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/web"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// machine is the parts of one store, in the order in which they come up. Those
// that are nil are not up.
type machine struct {
	opt   Options
	def   *storefile.Definition
	store storedef.Store
	sup   *supervisor.Supervisor
	log   journal.Journal
	peers []peer.Peer
	away  agents
	ready bool // whether it came up
	// resumed says that the journal tells of an earlier opening.
	resumed bool
	// head is the journal's newest record, and inside how many visits were open,
	// before this opening.
	head    uint64
	inside  int
	clock   clock.Clock
	world   *clock.Peer // the clock, where it is a peer's
	work    clock.Work
	engine  *engine.Engine
	calls   *dispatch.Dispatcher
	devs    *devices.Devices
	view    *view.View
	book    *book
	points  *checkpoint.File
	lis     net.Listener
	ops     *operator
	metrics *metrics.Metrics
	meter   *metered
	began   time.Time
	load    storefile.Options
	// programs are what the plugins run, described what they said of
	// themselves.
	programs  map[string]supervisor.Spec
	described schemas
	withdraw  func() error // takes the word that the store runs back

	ended chan error // what ended by itself

	stopEngine, stopCalls, stopDevices, stopClock, stopView, stopBook, stopPage, stopControl, stopTrace, stopMend part
}

// part is a goroutine of the machine that can be stopped.
type part struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// stop ends the part and waits for it. One that never began needs none.
func (p *part) stop() {
	if p.cancel != nil {
		p.cancel()
		<-p.done
	}
}

// begin runs f as a part of the machine, apart from the context of who runs the
// store: parts are stopped in order. What ends by itself with an error ends the
// store.
func (m *machine) begin(p *part, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.done = cancel, make(chan struct{})
	go func() {
		defer close(p.done)
		if err := f(ctx); err != nil {
			select {
			case m.ended <- err:
			default: // the first error tells
			}
		}
	}()
}

// up brings everything up. After an error down stops what is up.
func (m *machine) up(ctx context.Context) error {
	m.ended, m.began = make(chan error, 1), time.Now()
	if err := sandbox.HideHost(); err != nil {
		return err
	}
	m.ops = &operator{m: m, over: context.Background()}
	m.metrics = metrics.New(m.ops.State)
	m.sup = supervisor.New(&supervisor.Options{Log: m.opt.Log, LogDir: filepath.Join(m.opt.Data, LogFolder), LogThrough: m.opt.Secrets.Writer, Protected: m.opt.protected(), Limits: m.opt.limits})
	// What somebody else has is told before minutes of building.
	if err := journal.Free(filepath.Join(m.opt.Data, JournalFile)); err != nil {
		return err
	}
	if m.opt.HTTP != "" {
		var err error
		if m.lis, err = httpapi.Listen(ctx, m.opt.HTTP); err != nil {
			return err
		}
	}
	p, problems := prepare(ctx, m.opt, m.sup, true)
	m.def, m.away = p.def, p.agents
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !p.opens(problems):
		return &ProblemsError{Definition: p.def, Problems: problems}
	}
	m.warn(problems)
	if err := os.MkdirAll(m.opt.Data, 0o700); err != nil {
		return err
	}
	var err error
	held, err := journal.Open(filepath.Join(m.opt.Data, JournalFile), &journal.Options{Store: p.def.Store.Name})
	if err != nil {
		return err
	}
	m.meter = &metered{Journal: held, took: m.metrics.Appended}
	m.log = m.meter
	if err := m.pinPrograms(p); err != nil {
		return err
	}
	if err := m.startPeers(ctx, p); err != nil {
		return err
	}
	if err := m.recover(); err != nil {
		return err
	}
	return m.open(ctx, p)
}

// pinPrograms gives the plugins' programs their places in the data folder.
func (m *machine) pinPrograms(p *prepared) error {
	for name, spec := range p.plugins {
		if spec.Agent != nil || spec.Path == "" {
			continue // it has its own program, or none
		}
		if d, ok := p.described[name]; ok && p.broken[name].Summary == "" {
			if err := m.rememberPlugin(p.def, name, d); err != nil {
				return err
			}
		}
		path, err := pin(m.opt.Data, name, spec.Path)
		if err != nil {
			return err
		}
		spec.Path = path
		p.plugins[name] = spec
	}
	return sweep(m.opt.Data, p.plugins)
}

// clockFirst is the peers in the order in which they are started: the others find
// the one that tells the time where it says that it is (DATA/peers/NAME.address).
func clockFirst(peers []storedef.Peer) []storedef.Peer {
	peers = slices.Clone(peers)
	slices.SortStableFunc(peers, func(a, b storedef.Peer) int {
		switch {
		case a.Clock == b.Clock:
			return 0
		case a.Clock:
			return -1
		}
		return 1
	})
	return peers
}

// startPeers starts the peers and reads the definition again, now that their
// addresses and the secrets are known.
func (m *machine) startPeers(ctx context.Context, p *prepared) error {
	p.load.Peers = map[string]string{}
	var address string
	for _, v := range clockFirst(p.def.Store.Peers) {
		done := m.opt.step("peer", v.Name)
		m.peers = append(m.peers, peer.Peer{Name: v.Name})
		r, err := peer.Start(ctx, m.opt.Data, peer.Spec{Name: v.Name, Binary: p.peers[v.Name], Args: v.Args, Dir: p.def.Dir})
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return located(p.def, "peer."+v.Name, "source", "peer", "The peer does not start", err)
		}
		done()
		m.peers[len(m.peers)-1] = r
		m.opt.Log.Info("peer", "name", v.Name, "address", r.Address, "pid", r.PID, "found", r.Found)
		p.load.Peers[v.Name] = r.Address
		if socket, ok := strings.CutPrefix(r.Address, "unix:"); ok {
			m.sup.Lend(socket)
		}
		if v.Clock {
			address = r.Address
		}
	}
	p.load.Secrets = m.opt.Secrets.learn(storefile.Secrets(p.def.Dir))
	def, problems := m.opt.Secrets.load(m.opt.Dir, &p.load)
	if problems.HasErrors() {
		return &ProblemsError{Definition: def, Problems: problems}
	}
	if len(def.Later) > 0 {
		return fmt.Errorf("%s: its config needs something that is not known although the store runs", def.Later[0])
	}
	if err := refusedGrants(def, grant(def, p.plugins, p.described, m.sup.Rules())); err != nil {
		return err
	}
	tellGrants(m.opt.Log, p.plugins, p.described)
	m.def, m.store, m.load = def, def.Store, p.load
	m.programs, m.described = p.plugins, p.described
	if address == "" {
		m.clock = clock.Wall{}
		return nil
	}
	m.world = clock.NewPeer(address, &m.work, m.opt.Log)
	m.clock = m.world
	if err := m.world.Connect(ctx); err != nil {
		return located(def, "peer."+clockPeer(def.Store).Name, "clock", "peer", "The peer does not tell the time", err)
	}
	if m.world.Wall() {
		m.clock = clock.Wall{}
	}
	return nil
}

// recover brings the state back and begins what follows the journal.
func (m *machine) recover() error {
	defer m.opt.step("recover", "")()
	shelf, err := m.openPoints()
	if err != nil {
		return err
	}
	m.engine = engine.New(engine.Options{
		Journal: m.log, Shelf: shelf, Clock: m.clock, Work: &m.work, Log: m.opt.Log, AcceptPrices: m.opt.AcceptPrices,
		Ack:         func(device string, epoch, seq uint64) { m.devs.Ack(device, epoch, seq) },
		Ask:         func(a event.Ask, again bool) { m.calls.Send(a, again) },
		Tell:        func(f event.Fact) { m.calls.Tell(f) },
		EntryClosed: func(reason string) { m.calls.CloseEntry(reason) },
	})
	digest, err := digestOf(m.store)
	if err != nil {
		return err
	}
	m.head, _ = m.log.Head()
	m.resumed = m.head > 0
	if err := m.engine.Recover(m.store, digest); err != nil {
		m.engine = nil
		return err
	}
	m.inside = m.engine.Status().Open
	m.calls = dispatch.New(dispatch.Options{
		Devices: directory{func() *devices.Devices { return m.devs }}, Clock: m.clock, Work: &m.work, Answer: sink{m.engine, m.opt.Secrets}.Answer, Log: m.opt.Log,
		Patience: m.opt.Patience,
	})
	if m.book, err = newBook(m.log, m.opt.Data, m.points.Reader("receipts"), func(err error) { m.opt.Log.Warn("the receipts", "err", err) }); err != nil {
		return err
	}
	m.view = view.NewKept(m.log, m.points.Reader("view"), func(err error) { m.opt.Log.Warn("the pages", "err", err) })
	return nil
}

// openPoints opens what readers of the journal keep beside it, and in it the shelf
// of sales that are over. What is of no use is made anew: all of it follows from
// the journal.
func (m *machine) openPoints() (engine.Shelf, error) {
	points, discarded, err := checkpoint.Open(filepath.Join(m.opt.Data, PointsFile), m.log)
	if err != nil {
		return nil, err
	}
	m.points = points
	if discarded != nil {
		m.opt.Log.Warn("the journal's checkpoints are of no use: it is read from its first record", "err", discarded)
	}
	shelf, why := engine.NewShelf(points)
	if why != nil {
		m.opt.Log.Warn("the sales that are over are of no use: the journal is folded from its first record", "err", why)
	}
	return shelf, nil
}

// digestOf names a definition: equal ones have equal names.
func digestOf(s storedef.Store) (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("encode the definition: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// open begins everything that acts, and waits until the devices are open. Until
// then no ask is sent and the clock of a peer stands.
func (m *machine) open(ctx context.Context, p *prepared) error {
	done := m.opt.step("open", m.store.Name)
	var err error
	m.away.after(m.engine.Floor())
	m.devs, err = devices.New(&devices.Options{
		Store: m.store, Plugins: p.plugins, Supervisor: m.sup, Sink: sink{m.engine, m.opt.Secrets}, Log: m.opt.Log, Floor: m.engine.Floor(),
		Limits: patientDevices(m.opt.Patience),
	})
	if err != nil {
		return err
	}
	m.begin(&m.stopBook, m.book.follow)
	m.begin(&m.stopView, m.view.Run)
	m.traceVisits(ctx)
	m.begin(&m.stopEngine, m.engine.Run)
	m.begin(&m.stopDevices, m.devs.Run)
	pages := httpapi.New(httpapi.Options{
		View: m.view, Staff: m.engine, Pages: web.New(m.view, web.Options{Isolation: m.ops.isolation, Lines: m.ops.lines, Decide: m.decide}), Health: m.health, Readings: m.ops.readings, Metrics: m.metrics.Handler(), Logger: m.opt.Log,
	})
	if m.lis != nil {
		lis := m.lis
		m.begin(&m.stopPage, func(ctx context.Context) error { return httpapi.Serve(ctx, lis, pages) })
	}
	if err := m.serveOperators(ctx, pages); err != nil {
		return err
	}
	if err := m.awaitDevices(ctx); err != nil {
		return err
	}
	m.begin(&m.stopCalls, func(ctx context.Context) error { m.calls.Run(ctx); return nil })
	if m.world != nil {
		m.begin(&m.stopClock, m.world.Run)
	}
	m.begin(&m.stopMend, m.ops.mend)
	done()
	m.ready = true
	if m.opt.Ready != nil {
		m.opt.Ready(m.running())
	}
	return nil
}

// decide gives an order that came from a page, as the API gives its own.
func (m *machine) decide(ctx context.Context, o event.StaffOrder) (refused string, err error) {
	refused, err = httpapi.Decide(ctx, m.view, m.engine, o)
	if err != nil {
		m.opt.Log.Error("an order was not taken", "order", o.Order, "session", o.Session, "err", err)
	}
	return refused, err
}

// traceVisits exports visits as traces where the environment names a collector.
// One that can't be had keeps no store from running.
func (m *machine) traceVisits(ctx context.Context) {
	f, err := trace.New(ctx, m.log, m.opt.Log)
	switch {
	case err != nil:
		m.opt.Log.Warn("visits are not traced", "err", err)
	case f != nil:
		m.begin(&m.stopTrace, func(ctx context.Context) error { f.Run(ctx); return nil })
	}
}

// awaitDevices waits for the first outcome of every device. What can't be right
// later either keeps the store from opening; what is merely not there now is
// opened when it comes back.
func (m *machine) awaitDevices(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opened := make(chan error, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { opened <- m.devs.Opened(ctx) })
	select {
	case err := <-opened:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return m.judge(err)
	case err := <-m.ended:
		return err
	}
}

func (m *machine) running() Running {
	r := Running{Store: m.store, View: m.view, Devices: m.devs.Status, Plugins: m.sup.Status, Order: m.engine.Order, Health: m.health,
		Head: m.head, Open: m.inside}
	if m.lis != nil {
		r.URL = "http://" + m.lis.Addr().String() + "/"
	}
	return r
}

// health says why the store is not well.
func (m *machine) health() error {
	if reason := m.engine.Status().EntryClosed; reason != "" {
		return errors.New("the entry is closed: " + reason)
	}
	return nil
}
