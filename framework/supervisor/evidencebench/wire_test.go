package evidencebench_test

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/evidencebench"
)

func TestMain(m *testing.M) {
	if evidencebench.Child(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

// BenchmarkWire prints the figures of the wire: go test -bench Wire -benchtime 9x.
func BenchmarkWire(b *testing.B) { bench(b, evidencebench.Wire) }

// BenchmarkCommands prints those of commands alone, and the floor of gRPC.
func BenchmarkCommands(b *testing.B) { bench(b, evidencebench.Commands) }

// BenchmarkCrowd prints the figure of 64 callers alone.
func BenchmarkCrowd(b *testing.B) { bench(b, evidencebench.Crowd) }

func bench(b *testing.B, run func(context.Context, *supervisor.Supervisor, int, func(evidencebench.Row)) error) {
	sup := supervisor.New(&supervisor.Options{Log: slog.New(slog.DiscardHandler)})
	defer func() {
		if err := sup.Close(); err != nil {
			b.Error(err)
		}
	}()
	err := run(b.Context(), sup, b.N, func(r evidencebench.Row) {
		b.Logf("%-28s %12.2f %-12s %12.2f %-28s ratio %.3f goal %.2f", r.Name, r.Value, r.Unit, r.Limit, r.Of, r.Ratio, r.Goal)
	})
	if err != nil {
		b.Fatal(err)
	}
}
