package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
)

// supervise makes a supervisor for a test, and checks that nothing is left of
// it.
func supervise(t *testing.T, o Options) *Supervisor {
	t.Helper()
	dir, err := os.MkdirTemp("", "sup")
	if err != nil {
		t.Fatal(err)
	}
	o.RunDir = dir
	if o.Launcher == "" {
		o.Launcher = os.Getenv(launcherEnv)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Limits = patient(o.Limits)
	s := New(&o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		os.RemoveAll(dir)
	})
	return s
}

// patience is how long a test that is not about a deadline waits for what must
// come, on a machine that has other work.
const patience = time.Minute

// patient are limits with that for each deadline that a test does not set.
func patient(l *Limits) *Limits {
	var v Limits
	if l != nil {
		v = *l
	}
	for _, d := range []*time.Duration{&v.StartWithin, &v.PingWithin, &v.StopWithin, &v.SwapWithin} {
		if *d == 0 {
			*d = patience
		}
	}
	return &v
}

func TestDescribe(t *testing.T) {
	s := supervise(t, Options{})
	d, err := s.Describe(t.Context(), spec("serve"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "test/gate" || d.Version != "1.2.3" || d.Contract != host.Contract || len(d.Drivers) != 1 || d.Drivers[0].Class != "gate" {
		t.Errorf("got %+v", d)
	}
}

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name   string
		spec   Spec
		reason Reason
		says   []string
	}{
		{"missing file", Spec{Path: filepath.Join(dir, "none")}, ReasonMissing, []string{"is missing"}},
		{"not executable", Spec{Path: write("data", "x", 0o600)}, ReasonNotExecutable, []string{"execute permission"}},
		{"a directory", Spec{Path: dir}, ReasonNotExecutable, []string{"execute permission"}},
		{"another machine's", Spec{Path: write("alien", alien, 0o700)}, ReasonWrongFormat, []string{"EM_S390"}},
		{"no program", Spec{Path: write("text", "hello", 0o700)}, ReasonWrongFormat, []string{"no program for"}},
		{"missing interpreter", Spec{Path: write("script", "#!/none/at/all\n", 0o700)}, ReasonMissing, []string{"interpreter"}},
		{"exits", spec("exit"), ReasonExited, []string{"exit status 3", "opening the port | no such port: \\x1b[31m/dev/ttyUSB7"}},
		{"panics", spec("panic"), ReasonExited, []string{"exit status 2", "panic: no licence"}},
		{"prints rubbish", spec("rubbish"), ReasonNoHandshake, []string{`Acme driver\x1b[2J starting`, "standard output"}},
		{"prints half a line", spec("partial"), ReasonNoHandshake, []string{"usage: acme", "exit status 2"}},
		{"prints a long line", spec("long"), ReasonNoHandshake, []string{"over 4096 bytes", "xxx..."}},
		{"closes its output", spec("closed"), ReasonNoHandshake, []string{"closed its standard output"}},
		{"another contract", spec("contract"), ReasonOtherContract, []string{"version 2", "version 1"}},
		{"an address elsewhere", spec("tcp"), ReasonNoHandshake, []string{"127.0.0.1:1", "outside the directory"}},
		{"a socket elsewhere", spec("outside"), ReasonNoHandshake, []string{"/run/other.sock"}},
		{"no certificate", spec("plain"), ReasonNoHandshake, []string{"certificate"}},
		{"another protocol", spec("netrpc"), ReasonNoHandshake, []string{"netrpc"}},
	}
	s := supervise(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Name = "acme"
			in, err := s.Start(t.Context(), tt.spec)
			var start *StartError
			if in != nil || !errors.As(err, &start) {
				t.Fatalf("got %v, %v", in, err)
			}
			if start.Reason != tt.reason {
				t.Errorf("reason %q, want %q: %v", start.Reason, tt.reason, err)
			}
			for _, want := range append(tt.says, `plugin "acme" (`+tt.spec.Path+")") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q is not one escaped line", err)
			}
		})
	}
}

// alien is the head of an ELF program for IBM Z.
var alien = "\x7fELF\x02\x02\x01" + strings.Repeat("\x00", 9) + "\x00\x02\x00\x16\x00\x00\x00\x01" + strings.Repeat("\x00", 28) +
	"\x00\x40\x00\x38\x00\x00\x00\x40\x00\x00\x00\x00"

// TestSlowEnd starts plugins that let go of their channel well before the host
// can know that they have ended: what is told is how they did.
func TestSlowEnd(t *testing.T) {
	s := supervise(t, Options{Limits: &Limits{StartWithin: time.Minute, EndWithin: time.Minute}})
	for mode, want := range map[string]string{"slow": "exit status 6", "slower": "exit status 7"} {
		_, err := s.Start(t.Context(), spec(mode))
		var start *StartError
		if !errors.As(err, &start) || start.Reason != ReasonExited || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q and %s", mode, err, ReasonExited, want)
		}
	}
}

// TestEndTells gives up on a plugin whose end has begun and is not known yet: it
// is told all the same.
func TestEndTells(t *testing.T) {
	for _, tt := range []struct {
		mode string
		want string
		end  time.Duration // what is seen to end is waited for, however busy the machine
	}{{"leaves", "exit status 8", patience}, {"serve", "given up", 0}} {
		s := supervise(t, Options{Limits: &Limits{EndWithin: tt.end}})
		in, err := s.Start(t.Context(), spec(tt.mode))
		if err != nil {
			t.Fatal(err)
		}
		if tt.mode == "leaves" { // what is seen first is that its channel breaks
			if err := syscall.Kill(in.PID(), syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			for fault.CodeOf(func() error { _, err := in.Plugin().Health(t.Context()); return err }()) == fault.None {
			}
		}
		if err := in.end(errors.New("given up")); !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.mode, err, tt.want)
		}
		if err := in.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestHangsAtStart(t *testing.T) {
	for _, mode := range []string{"hang", "deaf"} {
		t.Run(mode, func(t *testing.T) {
			s := supervise(t, Options{Limits: &Limits{StartWithin: 300 * time.Millisecond}})
			_, err := s.Start(t.Context(), spec(mode))
			var start *StartError
			if !errors.As(err, &start) || start.Reason != ReasonHung || !strings.Contains(err.Error(), "300ms") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStartCancelled(t *testing.T) {
	s := supervise(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Start(ctx, spec("hang")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	s.Close()
	if _, err := s.Start(t.Context(), spec("serve")); !errors.Is(err, errClosed) {
		t.Errorf("after close: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("AISLE_SECRET", "canary")
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	if _, err := s.Describe(t.Context(), spec("environment")); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(log.messages(), "\n")
	for _, want := range []string{"env PLUGIN_CLIENT_CERT", "env TMPDIR", "env AISLE_LIFELINE", "stdin 0"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, no := range []string{"AISLE_SECRET", "env PATH", "env HOME"} {
		if strings.Contains(got, no) {
			t.Errorf("%q in\n%s", no, got)
		}
	}
}

// records keeps log records.
type records struct {
	mu  sync.Mutex
	all []slog.Record
}

func (r *records) Enabled(context.Context, slog.Level) bool { return true }
func (r *records) Handle(_ context.Context, rec slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, rec)
	return nil
}
func (r *records) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *records) WithGroup(string) slog.Handler      { return r }

func (r *records) list() []slog.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]slog.Record(nil), r.all...)
}

func (r *records) messages() []string {
	var m []string
	for _, rec := range r.list() {
		m = append(m, rec.Message)
	}
	return m
}

func attrs(r slog.Record) string {
	var b strings.Builder
	r.Attrs(func(a slog.Attr) bool { fmt.Fprintf(&b, "%v ", a); return true })
	return b.String()
}
