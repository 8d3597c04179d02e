package storehost

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// record is one of the journal, as aisle events gives it.
type record struct {
	Input fact   `json:"input"`
	Facts []fact `json:"facts"`
}

type fact struct {
	Kind  string          `json:"kind"`
	Value json.RawMessage `json:"value"`
}

// Running is a store that runs, and what its journal says.
type Running struct {
	t    *testing.T
	host *exec.Cmd
	data string
	// ended gets how the host ended, once.
	ended chan error

	mu      sync.Mutex
	records []record
}

// Patience is how long something that must happen in the store is waited for.
const Patience = 4 * time.Minute

// Wait waits until something is so.
func Wait(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain until ", what)
		}
	}
}

// Run starts the store of a text, and of further files by name, with the host's own program.
func Run(t *testing.T, text string, files map[string]string) *Running {
	t.Helper()
	dir := t.TempDir()
	r := &Running{t: t, data: filepath.Join(dir, "data"), ended: make(chan error, 1)}
	store := filepath.Join(dir, "store")
	if err := os.Mkdir(store, 0o755); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"store.hcl": text}
	maps.Copy(all, files)
	for name, content := range all {
		if err := os.WriteFile(filepath.Join(store, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(dir, "host.log"))
	if err != nil {
		t.Fatal(err)
	}
	r.host = exec.Command(Bin+"aisle", "run", store, "--data", r.data, "--patience", "20")
	r.host.Stdout, r.host.Stderr = log, log
	if err := r.host.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		r.ended <- r.host.Wait()
	}()
	t.Cleanup(func() {
		_ = r.host.Process.Kill()
		<-gone
		_ = log.Close()
		if t.Failed() {
			r.tell(log.Name())
		}
	})
	r.follow()
	return r
}

// tell shows what host and plugins wrote, where the test failed.
func (r *Running) tell(host string) {
	plugins, _ := filepath.Glob(filepath.Join(r.data, "log", "*"))
	for _, f := range append(plugins, host) {
		if b, err := os.ReadFile(f); err == nil {
			r.t.Logf("%s:\n%s", filepath.Base(f), b[max(0, len(b)-6000):])
		}
	}
}

// follow reads the journal as it grows, through the command that staff have for it.
func (r *Running) follow() {
	r.t.Helper()
	Wait(r.t, "there is a journal", func() bool {
		select {
		case err := <-r.ended:
			r.t.Fatalf("the host ended with %v", err)
		default:
		}
		_, err := os.Stat(filepath.Join(r.data, "journal.db"))
		return err == nil
	})
	cmd := exec.Command(Bin+"aisle", "events", "--data", r.data, "--follow", "--from", "1", "--all", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(out)
		for lines.Buffer(nil, 16<<20); lines.Scan(); {
			var x record
			if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
				r.t.Errorf("%v: %s", err, lines.Bytes())
			}
			r.mu.Lock()
			r.records = append(r.records, x)
			r.mu.Unlock()
		}
	}()
	r.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
	})
}

// count is how many records are as said.
func (r *Running) count(is func(record) bool) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.records {
		if is(x) {
			n++
		}
	}
	return n
}

// Reported says that a device's evidence of a kind is in the journal, with words in it.
func (r *Running) Reported(device, of, words string) bool {
	return r.count(func(x record) bool {
		var e struct {
			Device, Of string
			Observed   json.RawMessage
		}
		return x.Input.Kind == "evidence" && json.Unmarshal(x.Input.Value, &e) == nil && e.Device == device && e.Of == of && strings.Contains(string(e.Observed), words)
	}) > 0
}

// Weighs says that the newest level of a shelf is so many grams.
func (r *Running) Weighs(device string, grams int) bool {
	last := -1
	r.count(func(x record) bool {
		var e struct {
			Device   string
			Observed struct{ Mass int }
		}
		if x.Input.Kind == "evidence" && json.Unmarshal(x.Input.Value, &e) == nil && e.Device == device {
			last = (e.Observed.Mass + 500) / 1000
		}
		return false
	})
	return last >= grams-1 && last <= grams+1
}

// Ready says that a device is well.
func (r *Running) Ready(device string) bool {
	state, _ := r.State(device)
	return state == "ready"
}

// State gives the newest state of a device, and its cause; empty before the first.
func (r *Running) State(device string) (state, cause string) {
	r.count(func(x record) bool {
		var s struct{ Device, State, Cause string }
		if x.Input.Kind == "device_status" && json.Unmarshal(x.Input.Value, &s) == nil && s.Device == device {
			state, cause = s.State, s.Cause
		}
		return false
	})
	return state, cause
}

// Command gives what one of the host's own commands prints about the store.
func (r *Running) Command(name string, flags ...string) string {
	r.t.Helper()
	out, err := exec.Command(Bin+"aisle", append([]string{name, "--data", r.data}, flags...)...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("aisle %s: %v: %s", name, err, out)
	}
	return string(out)
}

// Fact gives the newest fact of a kind, and whether there is one.
func (r *Running) Fact(kind string) (text string, ok bool) {
	r.count(func(x record) bool {
		for _, f := range x.Facts {
			if f.Kind == kind {
				text, ok = string(f.Value), true
			}
		}
		return false
	})
	return text, ok
}

// End stops the store, and looks at what it left.
func (r *Running) End() {
	t := r.t
	t.Helper()
	if err := r.host.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("the host ended with %v", err)
	}
	if out, err := exec.Command(Bin+"aisle", "journal", "verify", r.data).CombinedOutput(); err != nil {
		t.Errorf("the journal: %v: %s", err, out)
	}
	r.noRaces()
}
