package hostbench

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
	"github.com/openaisle/aisle/sdk/host"
)

// stopMost is what a stop may take, in milliseconds.
const stopMost = 3000.0

// stopsAtOnce is how many animals are out at a time, and behaveFor how long each
// has to misbehave before it is stopped.
const (
	stopsAtOnce = 8
	behaveFor   = 300 * time.Millisecond
)

// stop measures how long it takes to be rid of an animal, wherever it
// is: starting, open or running.
func (b *bench) stop(ctx context.Context) (err error) {
	if err := b.kept.part("stop", b.From, b.Stops); err != nil {
		return err
	}
	all := b.animals()
	sup := supervisor.New(&supervisor.Options{RunDir: b.dir, Log: slog.New(slog.DiscardHandler)})
	defer func() {
		if e := sup.Close(); err == nil {
			err = e
		}
	}()
	// Where nothing starts, nothing has to be stopped.
	in, err := sup.Start(ctx, b.programs.Spec(zoo.Animal{Name: "good"}, "zoo", "bench"))
	if err != nil {
		return err
	}
	if err := in.Stop(); err != nil {
		return err
	}
	err = several(ctx, b.Stops, stopsAtOnce, func(n int) error {
		a := all[(b.From+n)%len(all)]
		took, err := stopOne(ctx, sup, b.programs.Spec(a, "zoo", "bench"))
		b.mu.Lock()
		defer b.mu.Unlock()
		b.kept.add("stop", float64(took)/1e6)
		if err != nil || took > supervisor.StopWithin {
			b.kept.count("stop late", 1)
			b.Progress(fmt.Sprintf("%s took %v to stop: %v", a.Name, took, err))
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	n := len(b.kept.Series["stop"])
	b.emit(Row{Key: "stop", Name: "stop of any zoo animal, worst", Value: b.kept.quantile("stop", 1), Unit: "ms", Limit: stopMost, Of: n})
	b.emit(Row{Key: "stop", Name: "stops that were late or failed", Value: b.kept.Sums["stop late"], Unit: "stops", Of: n})
	return nil
}

// animals are those that can be let loose without limits on what they take.
func (b *bench) animals() (all []zoo.Animal) {
	for _, a := range zoo.All() {
		if a.Eats() || a.Python && (b.programs.Python == "" || os.Getenv("AISLE_BENCH_GO_ONLY") != "") {
			continue
		}
		all = append(all, a)
	}
	return all
}

// stopOne starts an animal, lets it misbehave and stops it. A start that is
// under way is called off.
func stopOne(ctx context.Context, sup *supervisor.Supervisor, spec supervisor.Spec) (time.Duration, error) {
	start, cancel := context.WithCancel(ctx)
	defer cancel()
	off := time.AfterFunc(behaveFor+rand.N(behaveFor), cancel)
	defer off.Stop()
	var called atomic.Int64
	defer context.AfterFunc(start, func() { called.Store(time.Now().UnixNano()) })()
	in, err := sup.Start(start, spec)
	if err != nil {
		if at := called.Load(); at != 0 {
			return time.Duration(time.Now().UnixNano() - at), nil
		}
		return 0, nil
	}
	off.Stop()
	misbehave(ctx, in)
	at := time.Now()
	err = in.Stop()
	return time.Since(at), err
}

// misbehave opens a device of the plugin and listens to it for a while.
func misbehave(ctx context.Context, in *supervisor.Instance) {
	ctx, cancel := context.WithTimeout(ctx, behaveFor)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { _ = in.Plugin().Observe(ctx, host.Sink{Reports: func([]host.Report) {}}) }) // whatever it says
	_, _ = in.Plugin().Open(ctx, host.OpenRequest{Handle: 1, Epoch: 1, Driver: "shelf", Address: "weight_shelf.zoo", Config: []byte("{}")})
	<-ctx.Done()
}
