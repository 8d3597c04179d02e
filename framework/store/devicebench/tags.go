package devicebench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/openaisle/aisle/framework/store/internal/quantile"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// tagsLeast is how many reads a second have to go through.
	tagsLeast = 50_000
	// tagsInField and tagsInReport are what the reader sees: a dock door's worth,
	// and as many to a report as readers put there.
	tagsInField, tagsInReport = 200, 32
)

var errLost = errors.New("reads were lost")

// flooded is one round.
type flooded struct {
	reads, evidence int
	took            time.Duration
	plugin, host    time.Duration // processor time
}

// tags measures how many reads a second go from a reader's socket through the
// plugin's process into the host as evidence, and what processor time each costs.
func (b *bench) tags(ctx context.Context) (err error) {
	plugin, err := b.program(ctx, "plugins/llrp")
	if err != nil {
		return err
	}
	reader, err := b.program(ctx, "plugins/llrp/llrptest/llrptest")
	if err != nil {
		return err
	}
	sup := supervisor.New(&supervisor.Options{Log: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, sup.Close()) }()
	var rate, pluginCost, hostCost []float64
	evidence := 0
	for range b.Rounds {
		f, err := b.flood(ctx, sup, plugin, reader)
		if err != nil {
			return err
		}
		evidence += f.evidence
		rate = append(rate, float64(f.reads)/f.took.Seconds())
		pluginCost = append(pluginCost, float64(f.plugin.Nanoseconds())/1e3/float64(f.reads))
		hostCost = append(hostCost, float64(f.host.Nanoseconds())/1e3/float64(f.reads))
	}
	n := b.Rounds * b.Reads
	note := fmt.Sprintf("the median of %d rounds; %d pieces of evidence sum them all up", b.Rounds, evidence)
	b.emit(Row{Key: "tags", Name: "tag reads through llrp into evidence", Value: quantile.Of(rate, 0.5), Unit: "reads/s", Limit: tagsLeast, More: true, Of: n, Note: note})
	b.emit(Row{Key: "tags", Name: "processor time of llrp, a read", Value: quantile.Of(pluginCost, 0.5), Unit: "us", Printed: true, Of: n})
	b.emit(Row{Key: "tags", Name: "processor time of the host, a read", Value: quantile.Of(hostCost, 0.5), Unit: "us", Printed: true, Of: n})
	return nil
}

// flood is a round: none of the reads may be missing in the evidence.
func (b *bench) flood(ctx context.Context, sup *supervisor.Supervisor, plugin, reader string) (f flooded, err error) {
	r, err := startPeer(ctx, reader)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	in, err := sup.Start(ctx, supervisor.Spec{Name: "llrp", Path: plugin, Grants: sandbox.Grants{Dial: []string{r.Addr}}})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, in.Stop()) }()
	conf, err := json.Marshal(map[string]any{"addr": r.Addr, "restate": 100 * time.Millisecond, "silence": 100 * time.Millisecond})
	if err != nil {
		return f, err
	}
	p := in.Plugin()
	if _, err := p.Open(ctx, host.OpenRequest{Handle: 1, Epoch: 1, Driver: "reader", Address: "rfid_reader.bench", Config: conf}); err != nil {
		return f, fmt.Errorf("open the reader: %w", err)
	}
	before, own, err := processorTimes(in.PID())
	if err != nil {
		return f, err
	}
	began := time.Now()
	if err := r.do("flood %d %d %d", b.Reads, tagsInField, tagsInReport); err != nil {
		return f, err
	}
	if err := b.gather(ctx, p, &f); err != nil {
		return f, err
	}
	f.took = time.Since(began)
	plugged, hosted, err := processorTimes(in.PID())
	f.plugin, f.host = plugged-before, hosted-own
	return f, err
}

// gather takes evidence until it accounts for all reads.
func (b *bench) gather(ctx context.Context, p *host.Plugin, f *flooded) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := errors.New("all came")
	late := time.AfterFunc(peerWithin, func() { cancel(fmt.Errorf("%w: they don't come", errLost)) })
	defer late.Stop()
	_ = p.Observe(ctx, host.Sink{Lost: func(l host.Lost) { cancel(l.Err) }, Reports: func(reports []host.Report) {
		late.Reset(peerWithin)
		for _, x := range reports {
			if e, ok := x.Evidence.(observe.Tag); ok {
				f.reads += e.Reads
				f.evidence++
			} else if x.Gap != nil {
				cancel(fmt.Errorf("%w: %d reports: %s", errLost, x.Gap.Lost, x.Gap.Cause))
			}
			p.Ack(x.Handle, x.Epoch, x.Seq)
		}
		if f.reads >= b.Reads {
			cancel(all)
		}
	}})
	if cause := context.Cause(ctx); !errors.Is(cause, all) {
		return errors.Join(fmt.Errorf("%d of %d reads came", f.reads, b.Reads), cause)
	}
	if f.reads != b.Reads {
		return fmt.Errorf("%w: %d came of %d", errLost, f.reads, b.Reads)
	}
	return nil
}

// processorTimes are those of a plugin and of this process.
func processorTimes(pid int) (plugin, own time.Duration, err error) {
	if plugin, err = processorTime(pid); err != nil {
		return 0, 0, err
	}
	own, err = processorTime(os.Getpid())
	return plugin, own, err
}
