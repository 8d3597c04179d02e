package supervisor

import (
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart is from the order to start a plugin to its description, and the
// end of it, isolated and not.
func BenchmarkStart(b *testing.B) {
	for name, launcher := range map[string]string{"isolated": "", "bare": NoLauncher} {
		b.Run(name, func(b *testing.B) {
			dir, err := os.MkdirTemp("", "sup")
			if err != nil {
				b.Fatal(err)
			}
			defer os.RemoveAll(dir)
			s := New(&Options{RunDir: dir, Launcher: launcher, Log: slog.New(slog.DiscardHandler)})
			defer s.Close()
			var starts, stops []time.Duration
			for b.Loop() {
				began := time.Now()
				in, err := s.Start(b.Context(), spec("serve"))
				if err != nil {
					b.Fatal(err)
				}
				starts = append(starts, time.Since(began))
				began = time.Now()
				in.Kill()
				if err := in.Stop(); err != nil {
					b.Fatal(err)
				}
				stops = append(stops, time.Since(began))
			}
			for _, l := range []struct {
				name string
				d    []time.Duration
			}{{"start", starts}, {"kill", stops}} {
				slices.Sort(l.d)
				b.ReportMetric(float64(l.d[len(l.d)/2].Microseconds())/1000, l.name+"-ms-p50")
				b.ReportMetric(float64(l.d[len(l.d)*99/100].Microseconds())/1000, l.name+"-ms-p99")
			}
		})
	}
}
