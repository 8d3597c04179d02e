package hostbench

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
	"github.com/openaisle/aisle/sdk/host"
)

// memoryMost is what one plugin's messages may add to the host's peak, in MiB.
const memoryMost = 16.0

// heavy are the animals whose messages are made to fill the host.
var heavy = []string{"describes itself at length", "a million drivers", "schema of everything", "schema without a floor", "message over the limit",
	"a million reports at once", "message of a gigabyte, it says", "messages without content", "squeezed message", "frames that trickle",
	"empty frames without end", "settings without end", "pings without end", "headers of a megabyte", "opens at length",
	"opens with a million abilities", "blames a path at length", "floods evidence without the SDK", "70000 bytes first",
	"floods standard error", "deep JSON on the log", "a line without end"}

// peak is what a host of its own tells.
type peak struct{ MiB float64 }

// memory measures the peak of a host with a heavy animal above that with a good
// plugin.
func (b *bench) memory(ctx context.Context) error {
	var base, heaviest float64
	for n, animal := range slices.Concat([]string{"good", "good", "good"}, heavy) {
		var p peak
		if err := b.tells(ctx, order{Does: "memory", Animal: animal, Seconds: 2}, &p); err != nil {
			return err
		}
		if n < 3 {
			base = max(base, p.MiB)
			continue
		}
		if p.MiB-base > memoryMost/2 {
			b.Progress(animal + " took much memory")
		}
		heaviest = max(heaviest, p.MiB-base)
	}
	b.emit(Row{Key: "memory", Name: "host peak memory by one plugin's messages", Value: heaviest, Unit: "MiB", Limit: memoryMost, Of: len(heavy)})
	return nil
}

// memoryChild is a host with one animal, and tells its own peak.
func memoryChild(ctx context.Context, o order, w io.Writer) error {
	sup := supervisor.New(&supervisor.Options{RunDir: o.Dir, Log: slog.New(slog.DiscardHandler)})
	defer sup.Close()
	spec := o.programs().Spec(zoo.Animal{Name: o.Animal}, "zoo", "bench")
	if in, err := sup.Start(ctx, spec); err == nil {
		listen, cancel := context.WithTimeout(ctx, time.Duration(o.Seconds)*time.Second)
		defer cancel()
		_, _ = in.Plugin().Open(listen, host.OpenRequest{Handle: 1, Epoch: 1, Driver: "shelf", Address: "weight_shelf.zoo", Config: []byte("{}")})
		for n := 0; n < 5 && listen.Err() == nil; n++ {
			_ = in.Plugin().Observe(listen, host.Sink{Reports: func(r []host.Report) { // all is taken at once
				last := r[len(r)-1]
				in.Plugin().Ack(last.Handle, last.Epoch, last.Seq)
			}})
		}
		_ = in.Stop()
	}
	return json.NewEncoder(w).Encode(peak{float64(statusKiB("VmHWM")) / 1024})
}
