package supervisor

import (
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// floods are what plugins print as fast as they can.
var floods = map[string]string{
	"blocks":  strings.Repeat(strings.Repeat("x", 1023)+"\n", 64),
	"lines":   "2026-03-01 12:00:00 gate north: the motor draws 3.2 A, which is more than 3.0 A\n",
	"letters": "x",
	"short":   "x\n",
	"json":    `{"level":"ERROR","msg":"the motor draws too much","time":"2026-03-01T00:00:00Z","ampere":3.2}` + "\n",
}

func init() {
	for name, text := range floods {
		modes["flood-"+name] = func() {
			for {
				if _, err := os.Stderr.WriteString(text); err != nil {
					os.Exit(0)
				}
			}
		}
	}
	modes["flood-stdio"] = func() { // by the stream that go-plugin makes of os.Stderr
		first := os.Stderr
		text := floods["lines"]
		go func() {
			for {
				if f := os.Stderr; f != first {
					for {
						_, _ = f.WriteString(text)
					}
				}
				time.Sleep(time.Millisecond)
			}
		}()
		sdk.Serve(testPlugin())
	}
}

// BenchmarkFlood has a plugin print as fast as it can, and gives the share of a
// core that this costs the host once the burst is over. One round is a second:
// -benchtime=3x for three.
func BenchmarkFlood(b *testing.B) {
	for _, name := range []string{"blocks", "lines", "letters", "short", "json"} {
		b.Run(name, func(b *testing.B) {
			o := newOutput("acme", slog.New(slog.NewJSONHandler(io.Discard, nil)), time.Now, (*Limits)(nil).withDefaults())
			files := &logFiles{dir: b.TempDir(), now: time.Now}
			o.store = files.of("acme")
			r, w, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			cmd := exec.Command(os.Args[0], "plugin", "flood-"+name)
			cmd.Stderr = w
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			w.Close()
			done, gone := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				o.copy(o.stream("stderr"), r, gone)
			}()
			measureFlood(b, o)
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
			close(gone)
			<-done
			r.Close()
			if err := files.close(); err != nil {
				b.Error(err)
			}
		})
	}
	b.Run("stdio", func(b *testing.B) {
		dir, err := os.MkdirTemp("", "sup")
		if err != nil {
			b.Fatal(err)
		}
		defer os.RemoveAll(dir)
		s := New(&Options{RunDir: dir, LogDir: filepath.Join(dir, "log"), Log: slog.New(slog.NewJSONHandler(io.Discard, nil))})
		in, err := s.Start(b.Context(), spec("flood-stdio"))
		if err != nil {
			b.Fatal(err)
		}
		measureFlood(b, in.launch.proc.out)
		if err := in.Stop(); err != nil {
			b.Error(err)
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
}

// measureFlood gives the CPU time that this process takes while b runs.
func measureFlood(b *testing.B, o *output) {
	for o.droppedBytes() == 0 {
		time.Sleep(time.Millisecond)
	}
	dropped, used, at := o.droppedBytes(), cpuTime(), time.Now()
	for b.Loop() {
		time.Sleep(time.Second)
	}
	took := time.Since(at)
	b.ReportMetric(float64(cpuTime()-used)/float64(took)*100, "%core")
	b.ReportMetric(float64(o.droppedBytes()-dropped)/took.Seconds()/(1<<20), "MiB/s-dropped")
	b.ReportMetric(0, "ns/op")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
