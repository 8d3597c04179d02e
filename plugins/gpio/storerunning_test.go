package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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

// running is a store that runs, and what its journal says.
type running struct {
	t    *testing.T
	host *exec.Cmd
	data string

	mu      sync.Mutex
	records []record
}

// run starts the store of a text with the host's own program.
func run(t *testing.T, text string) *running {
	t.Helper()
	dir := t.TempDir()
	r := &running{t: t, data: filepath.Join(dir, "data")}
	store := filepath.Join(dir, "store")
	if err := os.Mkdir(store, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"store.hcl": text, "token.key": "a store's own key", "api.key": "sk_test_nobody"} {
		if err := os.WriteFile(filepath.Join(store, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(dir, "host.log"))
	if err != nil {
		t.Fatal(err)
	}
	r.host = exec.Command(inMachine+"aisle", "run", store, "--data", r.data, "--patience", "20")
	r.host.Stdout, r.host.Stderr = log, log
	if err := r.host.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.host.Process.Kill()
		_ = r.host.Wait()
		_ = log.Close()
		if t.Failed() {
			r.tell(log.Name())
		}
	})
	r.follow()
	return r
}

// tell shows what host and plugins wrote, where the test failed.
func (r *running) tell(host string) {
	plugins, _ := filepath.Glob(filepath.Join(r.data, "log", "*"))
	for _, f := range append(plugins, host) {
		if b, err := os.ReadFile(f); err == nil {
			r.t.Logf("%s:\n%s", filepath.Base(f), b[max(0, len(b)-6000):])
		}
	}
}

// follow reads the journal as it grows, through the command that staff have for it.
func (r *running) follow() {
	r.t.Helper()
	wait(r.t, "there is a journal", func() bool { _, err := os.Stat(filepath.Join(r.data, "journal.db")); return err == nil })
	cmd := exec.Command(inMachine+"aisle", "events", "--data", r.data, "--follow", "--from", "1", "--all", "--json")
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
func (r *running) count(is func(record) bool) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.records {
		if is(x) {
			n++
		}
	}
	return n
}

// reported says that a device's evidence of a kind is in the journal, with words in it.
func (r *running) reported(device, of, words string) bool {
	return r.count(func(x record) bool {
		var e struct {
			Device, Of string
			Observed   json.RawMessage
		}
		return x.Input.Kind == "evidence" && json.Unmarshal(x.Input.Value, &e) == nil && e.Device == device && e.Of == of && strings.Contains(string(e.Observed), words)
	}) > 0
}

// weighs says that the newest level of a shelf is so many grams.
func (r *running) weighs(device string, grams int) bool {
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

// ready says that a device was claimed and is well.
func (r *running) ready(device string) bool {
	return r.count(func(x record) bool {
		var s struct{ Device, State string }
		return x.Input.Kind == "device_status" && json.Unmarshal(x.Input.Value, &s) == nil && s.Device == device && s.State == "ready"
	}) > 0
}

// fact gives the newest fact of a kind, and whether there is one.
func (r *running) fact(kind string) (text string, ok bool) {
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

// end stops the store, and looks at what it left.
func end(t *testing.T, r *running) {
	t.Helper()
	if err := r.host.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := r.host.Wait(); err != nil {
		t.Errorf("the host ended with %v", err)
	}
	if out, err := exec.Command(inMachine+"aisle", "journal", "verify", r.data).CombinedOutput(); err != nil {
		t.Errorf("the journal: %v: %s", err, out)
	}
	noRaces(t, r)
}
