package hostbench

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
	"github.com/openaisle/aisle/sdk/host"
)

// escapesOver is what the animal prints when it has tried everything.
const escapesOver = "escapes are over"

// escapes counts the ways out that are open. The prey of each is the test's;
// here there is only what every machine has.
func (b *bench) escapes(ctx context.Context) (err error) {
	heard := &hearing{over: make(chan struct{})}
	sup := supervisor.New(&supervisor.Options{RunDir: b.dir, Log: slog.New(heard)})
	defer func() {
		if e := sup.Close(); err == nil {
			err = e
		}
	}()
	prey, done, err := zoo.NewPrey(b.dir)
	if err != nil {
		return err
	}
	defer done()
	in, err := sup.Start(ctx, b.programs.Spec(zoo.Animal{Name: "escapes"}, "zoo", "bench", prey))
	if err != nil {
		return err
	}
	defer func() {
		if e := in.Stop(); err == nil {
			err = e
		}
	}()
	if !zoo.Isolated(in) {
		b.emit(Row{Key: "escapes", Name: "ways out that are open", Value: 1, Unit: "ways", Note: "plugins are not isolated here: not tried"})
		return nil
	}
	call, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := in.Plugin().Open(call, host.OpenRequest{Handle: 1, Epoch: 1, Driver: "shelf", Address: "weight_shelf.zoo", Config: []byte("{}")}); err != nil {
		return err
	}
	select {
	case <-heard.over:
	case <-call.Done():
		return fmt.Errorf("it did not try everything: %w", call.Err())
	}
	heard.mu.Lock()
	defer heard.mu.Unlock()
	b.emit(Row{Key: "escapes", Name: "ways out that are open", Value: float64(len(heard.out)), Unit: "ways", Of: heard.tried, Note: strings.Join(heard.out, ", ")})
	return nil
}

// hearing is a log that counts ways out.
type hearing struct {
	mu    sync.Mutex
	tried int
	out   []string
	over  chan struct{}
	once  sync.Once
}

func (h *hearing) Enabled(context.Context, slog.Level) bool { return true }
func (h *hearing) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *hearing) WithGroup(string) slog.Handler            { return h }

func (h *hearing) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if what, ok := strings.CutPrefix(r.Message, "escape "); ok {
		h.tried++
		if name, out := strings.CutSuffix(what, ": SUCCEEDED"); out {
			h.out = append(h.out, name)
		}
	}
	if r.Message == escapesOver {
		h.once.Do(func() { close(h.over) })
	}
	return nil
}
