package hostbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/store/internal/quantile"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// journalMost is what an event may take from the device into the journal at
// 20,000 a second, in milliseconds.
const journalMost = 25.0

// journal measures 20 devices that report 1,000 times a second each, from the
// moment of the report until it is durable.
func (b *bench) journal(ctx context.Context) error {
	const plugins, each = 4, 5
	var members []member
	for n := range plugins {
		members = append(members, member{name: string(rune('a' + n)), animal: "good", args: []string{"1ms"}, devices: each})
	}
	d, err := openDurable(ctx, b.programs, b.dir, members)
	if err != nil {
		return err
	}
	pause(ctx, time.Second)
	d.way.forget()
	before, at := journalBytes(d.path), time.Now()
	pause(ctx, time.Duration(b.Seconds)*time.Second)
	delays, took := d.way.forget(), time.Since(at)
	size := max(1, int(journalBytes(d.path)-before)/max(1, len(delays)))
	if err := d.close(); err != nil { // the disk is for the bare file alone
		return err
	}
	bare, err := bareDelays(ctx, b.dir, plugins*each*1000, size, took)
	if err != nil {
		return err
	}
	p99, disk := quantile.Of(delays, 0.99), quantile.Of(bare, 0.99)
	b.emit(Row{Key: "journal", Name: "20,000 events/s into the journal, p99", Value: p99, Unit: "ms", Limit: journalMost, Of: len(delays),
		Note: fmt.Sprintf("p50 %.1f ms; %.1f times the %.1f ms that this disk itself takes", quantile.Of(delays, 0.5), p99/disk, disk)})
	b.emit(Row{Key: "journal", Name: "events a second that were durable", Value: float64(len(delays)) / took.Seconds(), Unit: "events/s", Limit: 19_000, More: true, Of: len(delays)})
	b.emit(Row{Key: "journal", Name: "20,000 events/s into the journal, p99 over a bare file's", Value: p99 / disk, Unit: "times", Printed: true, Of: len(bare),
		Note: fmt.Sprintf("as many bytes an event (%d), written and synced as they come: p50 %.1f ms, p99 %.1f ms", size, quantile.Of(bare, 0.5), disk)})
	return nil
}

// journalBytes is how many bytes a journal's file and its log have.
func journalBytes(path string) (n int64) {
	for _, end := range []string{"", "-wal"} {
		if i, err := os.Stat(path + end); err == nil {
			n += i.Size()
		}
	}
	return n
}

// durable is a host with engine and journal.
type durable struct {
	journal journal.Journal
	path    string
	engine  *engine.Engine
	rig     *rig
	way     *way
	stop    context.CancelFunc
	ended   chan error
}

// openDurable opens a host, and returns when its devices are ready.
func openDurable(ctx context.Context, programs zoo.Programs, dir string, members []member) (_ *durable, err error) {
	d := &durable{path: filepath.Join(dir, "bench.db"), way: &way{onsets: map[string]map[uint64]time.Time{}}, ended: make(chan error, 1)}
	if d.journal, err = journal.Open(d.path, nil); err != nil {
		return nil, err
	}
	d.engine = engine.New(engine.Options{Journal: d.journal, Clock: clock.Wall{}, Ack: d.way.ack})
	d.way.engine = d.engine
	if d.rig, err = newRig(programs, dir, options{next: d.way}, members...); err != nil {
		return nil, errors.Join(err, d.journal.Close())
	}
	d.way.rig = d.rig
	def, devices := openStore(programs, members)
	if err := d.engine.Recover(def, "bench"); err != nil {
		return nil, errors.Join(err, d.journal.Close())
	}
	run, stop := context.WithCancel(context.Background())
	d.stop = stop
	go func() { d.ended <- d.engine.Run(run) }()
	d.rig.start()
	if err := d.rig.ready(ctx, devices); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// openStore is a store of members that an engine can run, and how many devices
// it has.
func openStore(programs zoo.Programs, members []member) (storedef.Store, int) {
	def, _ := shop(programs, options{}, members)
	return open(def), len(def.Devices)
}

// close ends the host.
func (d *durable) close() error {
	err := d.rig.stop()
	d.stop()
	return errors.Join(err, <-d.ended, d.journal.Close())
}

// way is the way of evidence into the journal, and a clock at both ends.
type way struct {
	engine *engine.Engine
	rig    *rig

	mu     sync.Mutex
	onsets map[string]map[uint64]time.Time
	delays []float64
}

// forget forgets the delays so far, and gives them.
func (w *way) forget() []float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.delays
	w.delays = nil
	return was
}

// Evidence takes note of when things happened.
func (w *way) Evidence(ctx context.Context, batch []event.Evidence) error {
	w.mu.Lock()
	for _, e := range batch {
		if v, ok := e.Observed.(observe.Weight); ok {
			if w.onsets[e.Device] == nil {
				w.onsets[e.Device] = map[uint64]time.Time{}
			}
			w.onsets[e.Device][e.Seq] = v.Onset
		}
	}
	w.mu.Unlock()
	return w.engine.Evidence(ctx, batch)
}

// Status hands on.
func (w *way) Status(ctx context.Context, s event.DeviceStatus) error {
	return w.engine.DeviceStatus(ctx, s)
}

// Notice hands on.
func (w *way) Notice(ctx context.Context, n event.Notice) error { return w.engine.Notice(ctx, n) }

// ack is told that a report is durable.
func (w *way) ack(device string, epoch, seq uint64) {
	w.rig.devices.Ack(device, epoch, seq)
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.onsets[device][seq]; ok {
		delete(w.onsets[device], seq)
		w.delays = append(w.delays, float64(now.Sub(at))/1e6)
	}
}

// open makes a store of devices one that an engine can run.
func open(s storedef.Store) storedef.Store {
	s.Name, s.Currency, s.Timezone = "bench", "EUR", "UTC"
	s.Entry = storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: storedef.DefaultMaxStay, MaxParty: 1, MinQuality: storedef.DefaultMinQuality}
	s.Attribution = storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace, ChargeAbove: storedef.DefaultChargeAbove,
		ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits}
	s.Settlement = storedef.Settlement{Hold: money.New(1000, "EUR")}
	s.Receipt = storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, Rounding: money.HalfUp}
	s.Safety = storedef.Safety{FreeExitAfter: storedef.DefaultFreeExitAfter}
	return s
}
