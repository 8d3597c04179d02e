package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/evidencebench"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// How much is measured.
const (
	benchRounds  = 5
	benchShelves = 4
	benchReports = 8_000 // of each shelf in each round
	benchToHost  = 400_000
	benchBare    = 4_000 // messages of the bare stream in each round
	// benchCaptured is how many reports the messages of the bare stream hold.
	benchCaptured = 16_384
)

// BenchResult is one row of a benchmark.
type BenchResult struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Limit was measured in the same run, Ratio is the median of the rounds'
	// own ratios; more is better.
	Limit float64 `json:"limit"`
	Ratio float64 `json:"ratio"`
}

// BenchEvidence measures how fast evidence gets from a plugin into the journal,
// acknowledged: a real plugin process, devices, engine, core and SQLite in
// fresh files under dir; and how fast it gets to the host alone. The limit is a bare gRPC stream of the same messages
// from another process. Rounds of both are interleaved. The program that calls
// it must call evidencebench.Child first.
func BenchEvidence(ctx context.Context, dir string, emit func(BenchResult)) error {
	messages, err := evidencebench.Capture(ctx, benchCaptured)
	if err != nil {
		return fmt.Errorf("capture the messages: %w", err)
	}
	rows := float64(benchCaptured) / float64(len(messages))
	var toHost, toJournal figures
	for range benchRounds {
		bare, err := evidencebench.Bare(ctx, messages, benchBare)
		if err != nil {
			return fmt.Errorf("measure the bare stream: %w", err)
		}
		host, err := benchHost(ctx)
		if err != nil {
			return fmt.Errorf("measure evidence to the host: %w", err)
		}
		value, err := benchRound(ctx, dir)
		if err != nil {
			return fmt.Errorf("measure evidence to the journal: %w", err)
		}
		toHost.add(host, bare*rows)
		toJournal.add(value, bare*rows)
	}
	emit(toHost.result("evidence, plugin to host"))
	emit(toJournal.result("evidence, plugin to journal"))
	return nil
}

// figures are those of all rounds.
type figures struct{ values, limits, ratios []float64 }

func (f *figures) add(value, limit float64) {
	f.values, f.limits, f.ratios = append(f.values, value), append(f.limits, limit), append(f.ratios, value/limit)
}

func (f *figures) result(name string) BenchResult {
	return BenchResult{Name: name, Value: median(f.values), Unit: "reports/s", Limit: median(f.limits), Ratio: median(f.ratios)}
}

// benchHost runs one plugin until all it reported has reached the host.
func benchHost(ctx context.Context) (perSecond float64, err error) {
	sup := supervisor.New(&supervisor.Options{Log: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, sup.Close()) }()
	return evidencebench.Host(ctx, sup, benchToHost)
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// benchRound runs one plugin until all it reported is acknowledged.
func benchRound(ctx context.Context, dir string) (perSecond float64, err error) {
	dir, err = os.MkdirTemp(dir, "aisle-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	j, err := journal.Open(filepath.Join(dir, JournalFile), nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	spec, err := evidencebench.Spec("flood")
	if err != nil {
		return 0, err
	}
	count := &ackCount{from: benchShelves * benchReports / 10, to: benchShelves * benchReports, done: make(chan struct{})}
	e := engine.New(engine.Options{Journal: j, Clock: clock.Wall{}, Ack: count.ack})
	s := benchStore()
	if err := e.Recover(s, "bench"); err != nil {
		return 0, err
	}
	log := slog.New(slog.DiscardHandler)
	sup := supervisor.New(&supervisor.Options{Log: log})
	defer func() { err = errors.Join(err, sup.Close()) }()
	devs, err := devices.New(&devices.Options{Store: s, Plugins: map[string]supervisor.Spec{"flood": spec}, Supervisor: sup, Sink: sink{e, &Secrets{}}, Log: log, Floor: e.Floor()})
	if err != nil {
		return 0, err
	}
	count.devices = devs
	m := machine{ended: make(chan error, 1)}
	m.begin(&m.stopEngine, e.Run)
	m.begin(&m.stopDevices, devs.Run)
	defer func() { m.stopDevices.stop(); m.stopEngine.stop() }()
	if err := m.awaitBench(ctx, devs, count); err != nil {
		return 0, err
	}
	return count.perSecond(), nil
}

func (m *machine) awaitBench(ctx context.Context, devs *devices.Devices, count *ackCount) error {
	if err := devs.Opened(ctx); err != nil {
		return err
	}
	select {
	case <-count.done:
		return nil
	case err := <-m.ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// benchStore is a store of shelves on which nothing happens.
func benchStore() storedef.Store {
	s := storedef.Store{
		Name: "bench", Currency: "EUR", Timezone: "UTC",
		Entry:       storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: storedef.DefaultMaxStay, MaxParty: 1, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace, ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits},
		Settlement:  storedef.Settlement{Hold: money.New(1000, "EUR")},
		Receipt:     storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, Rounding: money.HalfUp},
		Safety:      storedef.Safety{FreeExitAfter: storedef.DefaultFreeExitAfter},
	}
	for n := range benchShelves {
		address := fmt.Sprintf("weight_shelf.flood_%d", n+1)
		s.Devices = append(s.Devices, storedef.Device{Address: address, Class: storedef.ClassWeightShelf, Plugin: "flood", Driver: evidencebench.Driver,
			Bays: []storedef.Bay{{Number: 1, Address: address + ".bay[1]"}}, Config: fmt.Appendf(nil, `{"reports":%d}`, benchReports)})
	}
	return s
}

// ackCount counts what is durable, and hands it on to the plugin.
type ackCount struct {
	devices  *devices.Devices
	from, to int

	mu         sync.Mutex
	n          int
	begin, end time.Time
	done       chan struct{}
}

// ack counts from a tenth on, when the way is warm.
func (c *ackCount) ack(device string, epoch, seq uint64) {
	c.devices.Ack(device, epoch, seq)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	switch c.n {
	case c.from:
		c.begin = time.Now()
	case c.to:
		c.end = time.Now()
		close(c.done)
	}
}

func (c *ackCount) perSecond() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return float64(c.to-c.from) / c.end.Sub(c.begin).Seconds()
}
