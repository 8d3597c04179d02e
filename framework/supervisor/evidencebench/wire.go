package evidencebench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/host"
)

// Row is one figure and what it is measured against in the same run.
type Row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Limit is the other side's figure, Of what it is. Ratio is the median of
	// the rounds' own ratios of value to limit.
	Limit float64 `json:"limit"`
	Of    string  `json:"of"`
	Ratio float64 `json:"ratio"`
	// Goal is the ratio to reach, at most or, where AtLeast is set, at least.
	Goal    float64 `json:"goal"`
	AtLeast bool    `json:"at_least"`
}

// How much one round measures.
const (
	wireEvents = 1_000_000
	wireEach   = 100_000
	wireRate   = 10_000
	wirePaced  = 3_000
)

// Wire measures the way between a plugin and the host: a real process behind the
// supervisor with TLS, against the bare Unix socket, and against one gRPC message
// an event, both to another process. Rounds of all are interleaved. The program
// that calls it must call Child first.
func Wire(ctx context.Context, sup *supervisor.Supervisor, rounds int, emit func(Row)) (err error) {
	b, err := startWire(ctx, sup)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.end()) }()
	for range rounds {
		if err := b.round(); err != nil {
			return err
		}
	}
	b.flood.Name, b.flood.Unit, b.flood.Of, b.flood.Goal, b.flood.AtLeast = "events to the host", "events/s", "raw batches of 256", 1.0/3, true
	b.single.Name, b.single.Unit, b.single.Of, b.single.Goal, b.single.AtLeast = "events to the host", "events/s", "a gRPC message an event", 8, true
	b.allocs.Name, b.allocs.Unit, b.allocs.Of, b.allocs.Goal = "host allocations an event", "allocations", "one", 0.02
	b.paced.Name, b.paced.Unit, b.paced.Of, b.paced.Goal = "event p50 at 10,000/s", "us", "a raw write an event", 3
	b.loose.Name, b.loose.Unit, b.loose.Of = "events to the host", "events/s", "raw batches of 256 without bounds"
	for _, f := range []*figure{&b.flood, &b.loose, &b.single, &b.allocs, &b.paced} {
		emit(f.row())
	}
	b.emitCommands(emit)
	return nil
}

// startWire starts both other ends.
func startWire(ctx context.Context, sup *supervisor.Supervisor) (*wireBench, error) {
	raw, err := startRaw(ctx, true)
	if err != nil {
		return nil, err
	}
	free, err := startRaw(ctx, false)
	if err != nil {
		return nil, errors.Join(err, raw.close())
	}
	spec, err := wireSpec()
	if err != nil {
		return nil, errors.Join(err, raw.close(), free.close())
	}
	in, err := sup.Start(ctx, spec)
	if err != nil {
		return nil, errors.Join(err, raw.close(), free.close())
	}
	return &wireBench{ctx: ctx, raw: raw, free: free, instance: in, plugin: in.Plugin()}, nil
}

func (b *wireBench) end() error {
	return errors.Join(b.instance.Stop(), b.raw.close(), b.free.close())
}

type wireBench struct {
	ctx      context.Context
	raw      *rawPeer // within the plugin's limits
	free     *rawPeer // without any
	instance *supervisor.Instance
	plugin   *host.Plugin
	epoch    uint64

	flood, loose, single, allocs, paced figure
	commandFigures
}

// figure gathers the rounds of one row.
type figure struct {
	Row
	values, limits, ratios []float64
}

func (f *figure) add(value, limit float64) {
	f.values, f.limits, f.ratios = append(f.values, value), append(f.limits, limit), append(f.ratios, value/limit)
}

func (f *figure) row() Row {
	f.Value, f.Limit, f.Ratio = median(f.values), median(f.limits), median(f.ratios)
	return f.Row
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func (b *wireBench) round() error {
	rawFlood, err := b.raw.flood()
	if err != nil {
		return fmt.Errorf("raw batches: %w", err)
	}
	freeFlood, err := b.free.flood()
	if err != nil {
		return fmt.Errorf("raw batches without bounds: %w", err)
	}
	flood, allocs, err := b.events()
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	each, err := b.raw.each(b.ctx, wireEach)
	if err != nil {
		return fmt.Errorf("a gRPC message an event: %w", err)
	}
	b.flood.add(flood, rawFlood)
	b.loose.add(flood, freeFlood)
	b.single.add(flood, each)
	b.allocs.add(allocs, 1)
	rawPaced, err := b.rawPaced()
	if err != nil {
		return fmt.Errorf("a raw write an event: %w", err)
	}
	paced, err := b.pacedEvents()
	if err != nil {
		return fmt.Errorf("events at a rate: %w", err)
	}
	b.paced.add(micros(paced), micros(rawPaced))
	return b.commands()
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func (p *rawPeer) flood() (perSecond float64, err error) {
	conn, err := p.dial(rawBatch, wireEvents, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	var e event
	n := 0
	var start time.Time
	from := 0
	err = readEvents(conn, func(body []byte) {
		e.read(body)
		if n++; n == wireEvents/10 {
			start, from = time.Now(), n
		}
	})
	if err != nil || n < wireEvents {
		return 0, fmt.Errorf("%d events came: %w", n, err)
	}
	return float64(n-from) / time.Since(start).Seconds(), nil
}

// readEvents reads length-prefixed events until the stream ends.
func readEvents(conn io.Reader, f func(body []byte)) error {
	b := make([]byte, rawMany*rawEvent)
	have := 0
	for {
		n, err := conn.Read(b[have:])
		have += n
		at := 0
		for ; have-at >= 4; at += rawEvent {
			if size := int(uint32(b[at]) | uint32(b[at+1])<<8); size != rawEvent-4 {
				return fmt.Errorf("an event of %d bytes", size)
			}
			if have-at < rawEvent {
				break
			}
			f(b[at+4 : at+rawEvent])
		}
		have = copy(b, b[at:have])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// open opens a device that reports, and gives what observes it.
func (b *wireBench) open(handle uint32, driver, conf string) error {
	b.epoch++
	_, err := b.plugin.Open(b.ctx, host.OpenRequest{Handle: handle, Epoch: b.epoch, Driver: driver,
		Address: fmt.Sprintf("bench.%s_%d", driver, handle), Config: []byte(conf)})
	return err
}

// events floods the host once and gives the events a second from a tenth on, and
// the allocations of the whole host an event.
func (b *wireBench) events() (perSecond, allocs float64, err error) {
	if err := b.open(1, tagsDriver, fmt.Sprintf(`{"reports":%d}`, wireEvents)); err != nil {
		return 0, 0, err
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	var n, from int
	var begin, end time.Time
	var before, after runtime.MemStats
	err = b.plugin.Observe(ctx, host.Sink{Batch: func(batch *host.Batch) {
		last := batch.Head(batch.Len() - 1)
		b.plugin.Ack(last.Handle, last.Epoch, last.Seq)
		n += batch.Len()
		switch {
		case begin.IsZero() && n >= wireEvents/10:
			runtime.ReadMemStats(&before)
			from, begin = n, time.Now()
		case n >= wireEvents && end.IsZero():
			end = time.Now()
			runtime.ReadMemStats(&after)
			cancel()
		}
	}})
	if end.IsZero() {
		return 0, 0, err
	}
	if err := b.plugin.Close(b.ctx, 1, b.epoch); err != nil {
		return 0, 0, err
	}
	return float64(n-from) / end.Sub(begin).Seconds(), float64(after.Mallocs-before.Mallocs) / float64(n-from), nil
}

func (b *wireBench) rawPaced() (p50 time.Duration, err error) {
	conn, err := b.raw.dial(rawEach, wirePaced, wireRate)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	var e event
	var late []time.Duration
	err = readEvents(conn, func(body []byte) {
		e.read(body)
		late = append(late, time.Since(time.UnixMicro(e.onset)))
	})
	if err != nil || len(late) < wirePaced {
		return 0, fmt.Errorf("%d events came: %w", len(late), err)
	}
	slices.Sort(late)
	return late[len(late)/2], nil
}

func (b *wireBench) pacedEvents() (p50 time.Duration, err error) {
	if err := b.open(1, tagsDriver, fmt.Sprintf(`{"reports":%d,"rate":%d}`, wirePaced, wireRate)); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	var late []time.Duration
	err = b.plugin.Observe(ctx, host.Sink{Batch: func(batch *host.Batch) {
		now := time.Now()
		for i := range batch.Len() {
			late = append(late, now.Sub(batch.Span(i).Onset))
		}
		last := batch.Head(batch.Len() - 1)
		b.plugin.Ack(last.Handle, last.Epoch, last.Seq)
		if len(late) >= wirePaced {
			cancel()
		}
	}})
	if len(late) < wirePaced {
		return 0, err
	}
	if err := b.plugin.Close(b.ctx, 1, b.epoch); err != nil {
		return 0, err
	}
	slices.Sort(late)
	return late[len(late)/2], nil
}
