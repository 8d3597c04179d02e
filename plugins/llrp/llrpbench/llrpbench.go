// Package llrpbench measures how many tag reads a second go from a reader's socket through the plugin's process into the host as evidence, and what
// processor time of the plugin each costs.
//
// Reads are those of a reader that reports as fast as it is listened to. The figure counts reads that evidence sums up, and ends when all have
// come: none may be lost.
package llrpbench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/llrptest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// Options are the size of a measurement; zeros are 500,000 reads of 200 tags, 32 to a report.
type Options struct{ Reads, Tags, Each int }

// Result is what was measured.
type Result struct {
	Reads    int           `json:"reads"`
	Evidence int           `json:"evidence"`
	Took     time.Duration `json:"took"`
}

// PerSecond is how many reads a second went through.
func (r Result) PerSecond() float64 { return float64(r.Reads) / r.Took.Seconds() }

// errLost: evidence does not account for all reads.
var errLost = errors.New("reads were lost")

// Run measures a plugin that was started. It opens a device of it at a reader of its own and leaves it open. The plugin's evidence is consumed here.
func Run(ctx context.Context, p *host.Plugin, opt Options) (Result, error) {
	for _, d := range []struct {
		n    *int
		then int
	}{{&opt.Reads, 500_000}, {&opt.Tags, 200}, {&opt.Each, 32}} {
		if *d.n == 0 {
			*d.n = d.then
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Result{}, err
	}
	reader := llrptest.New(llrptest.Options{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = reader.Serve(l)
	}()
	defer func() {
		_ = l.Close()
		<-done
	}()
	conf, err := json.Marshal(map[string]any{"addr": l.Addr().String(), "restate": restate, "silence": restate})
	if err != nil {
		return Result{}, err
	}
	if _, err := p.Open(ctx, host.OpenRequest{Handle: 1, Epoch: 1, Driver: "reader", Address: "rfid_reader.bench", Config: conf}); err != nil {
		return Result{}, fmt.Errorf("open the reader: %w", err)
	}
	for !reader.Connected() {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		time.Sleep(time.Millisecond)
	}
	return measure(ctx, p, reader, opt)
}

// restate is how often a tag is told: it is the least that the plugin takes, so that much evidence is made.
const restate = 100 * time.Millisecond

func measure(ctx context.Context, p *host.Plugin, reader *llrptest.Reader, opt Options) (r Result, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	all := errors.New("all came")
	take := func(reports []host.Report) {
		for _, x := range reports {
			if e, ok := x.Evidence.(observe.Tag); ok {
				r.Reads += e.Reads
				r.Evidence++
			} else if x.Gap != nil {
				cancel(fmt.Errorf("%w: %d reports: %s", errLost, x.Gap.Lost, x.Gap.Cause))
			}
			p.Ack(x.Handle, x.Epoch, x.Seq)
		}
		if r.Reads >= opt.Reads {
			cancel(all)
		}
	}
	began := time.Now()
	flood := make(chan bool, 1)
	go func() { flood <- reader.Flood(opt.Reads, opt.Tags, opt.Each) }()
	_ = p.Observe(ctx, host.Sink{Reports: take, Lost: func(l host.Lost) { cancel(l.Err) }})
	r.Took = time.Since(began)
	if cause := context.Cause(ctx); cause == nil || !errors.Is(cause, all) {
		return r, errors.Join(errLost, cause)
	}
	if !<-flood || r.Reads != opt.Reads {
		return r, fmt.Errorf("%w: %d of %d came", errLost, r.Reads, opt.Reads)
	}
	return r, nil
}
