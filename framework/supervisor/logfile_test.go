package supervisor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func init() {
	modes["last-words"] = func() { // what kills it is said after a flood
		os.Stderr.Write(bytes.Repeat([]byte("flood\n"), 100_000))
		os.Stderr.WriteString("panic: no licence\n" + strings.Repeat("deep in the stack\n", 300))
		os.Exit(2)
	}
}

func sizes(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	for _, e := range entries {
		i, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = i.Size()
	}
	return all
}

// TestStored reads what a plugin printed from its file: its name and the time
// are the host's, and a line is one line.
func TestStored(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	dir := filepath.Join(data, "log")
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := supervise(t, Options{LogDir: dir, Now: func() time.Time { return now }})
	if _, err := s.Describe(t.Context(), spec("forge")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o755); err != nil { // which nobody has made
		t.Fatal(err)
	}
	for range 2 { // the second goes on in the same file
		if _, err := s.Describe(t.Context(), spec("forge")); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "acme.log"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range bytes.Lines(text) {
		var r struct {
			Time                       time.Time
			Level, Msg, Plugin, Stream string
			Said                       map[string]string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if !r.Time.Equal(now) || r.Plugin != "acme" {
			t.Errorf("%q", line)
		}
		got = append(got, fmt.Sprint(r.Level, " ", r.Stream, " ", r.Msg, " ", r.Said))
	}
	want := []string{
		`INFO stderr innocent\r\x1b[1Apayment: settled map[]`,
		`ERROR stderr cell\nplugin=cards payment settled map[n:7 plugin:cards]`,
		`WARN stderr drifts map[device:gate.north]`,
	}
	if want = append(want, want...); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", got)
	}
	if i, err := os.Stat(filepath.Join(dir, "acme.log")); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", i.Mode(), err)
	}
}

func TestRotate(t *testing.T) {
	dir := t.TempDir()
	l := &logFile{path: filepath.Join(dir, "p.log"), now: time.Now, half: 10}
	write := func(text string) {
		t.Helper()
		if n, err := l.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	}
	expect := func(current, older string) {
		t.Helper()
		for name, want := range map[string]string{"p.log": current, "p.log.1": older} {
			if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want || err != nil && want != "" {
				t.Errorf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
	}
	write("12345678\n")
	expect("12345678\n", "")
	write("\n")
	expect("12345678\n\n", "")
	write("b\n")
	expect("b\n", "12345678\n\n")
	if err := l.shut(); err != nil {
		t.Fatal(err)
	}
	write("cccccccc\n") // opened anew, it knows how much there is
	expect("cccccccc\n", "b\n")
	write("longer than a half\n")
	expect("longer than a half\n", "cccccccc\n")
	// What can't be moved away is emptied.
	if err := errors.Join(os.Remove(l.path+".1"), os.MkdirAll(l.path+".1/x", 0o700)); err != nil {
		t.Fatal(err)
	}
	write("d\n")
	if got, err := os.ReadFile(l.path); string(got) != "d\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := l.shut(); err != nil {
		t.Fatal(err)
	}
}

// TestStoredBound has a plugin print more than is stored.
func TestStoredBound(t *testing.T) {
	dir := t.TempDir()
	files := &logFiles{dir: dir, now: time.Now}
	o := newOutput("acme", slog.New(slog.DiscardHandler), time.Now, Limits{OutputRate: 1 << 30, OutputBurst: 1 << 30})
	o.store = files.of("acme")
	w := o.stream("stderr")
	chunk := []byte(strings.Repeat(strings.Repeat("x", 3000)+"\n", 10))
	for range 900 { // 27 MB
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.close(); err != nil {
		t.Fatal(err)
	}
	got := sizes(t, dir)
	if total := got["acme.log"] + got["acme.log.1"]; len(got) != 2 || total > LogSize || total < LogSize/2 {
		t.Errorf("got %v", got)
	}
}

func TestLogName(t *testing.T) {
	seen := map[string]string{}
	for _, plugin := range []string{"gate", "a_b", "a b", "a/b", "../a", "..", ".", "", "a.log", "ä", "\x00", strings.Repeat("n", 64), strings.Repeat("n", 65), strings.Repeat("n", 66)} {
		name := logName(plugin)
		if filepath.Base(name) != name || !strings.HasSuffix(name, ".log") || strings.Trim(name, ".") != name || len(name) > 100 {
			t.Errorf("%q: %q", plugin, name)
		}
		if other, ok := seen[name]; ok {
			t.Errorf("%q and %q are both %q", plugin, other, name)
		}
		seen[name] = plugin
	}
	if logName("gate") != "gate.log" {
		t.Errorf("got %q", logName("gate"))
	}
}

// TestNotStored: a log that can't be written costs a warning and nothing else,
// is not followed through a link, and is tried again.
func TestNotStored(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	link := filepath.Join(dir, "acme.log")
	if err := errors.Join(os.WriteFile(secret, []byte("x"), 0o600), os.Symlink(secret, link)); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1e9, 0)
	clock := func() time.Time { return at }
	log := &records{}
	files := &logFiles{dir: dir, now: clock}
	o := newOutput("acme", slog.New(log), clock, (*Limits)(nil).withDefaults())
	o.store = files.of("acme")
	w := o.stream("stderr")
	say := func() {
		t.Helper()
		if _, err := w.Write([]byte("hello\nagain\n")); err != nil {
			t.Fatal(err)
		}
	}
	say()
	if got := strings.Join(log.messages(), "|"); got != "hello|what a plugin prints can't be stored|again" {
		t.Errorf("logged %q", got)
	}
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	say()
	if _, err := os.Stat(link); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("tried again at once: %v", err)
	}
	at = at.Add(logRetry)
	say()
	if err := files.close(); err != nil {
		t.Fatal(err)
	}
	if got := sizes(t, dir); got["secret"] != 1 || got["acme.log"] == 0 {
		t.Errorf("got %v", got)
	}
}

// TestLastWords: what a plugin says when it dies is its cause, even if it comes
// after more than is kept.
func TestLastWords(t *testing.T) {
	s := supervise(t, Options{Limits: &Limits{OutputBurst: 1 << 10}})
	_, err := s.Start(t.Context(), spec("last-words"))
	if err == nil || !strings.Contains(err.Error(), "no licence") {
		t.Errorf("got %v", err)
	}
}

// TestCost: short lines cost more than their bytes, long ones do not.
func TestCost(t *testing.T) {
	at := time.Unix(1e9, 0)
	for text, want := range map[string]int{
		"x": 10, "x\n": 10, "x\ny\n": 5, strings.Repeat("x", 127) + "\n": 5, strings.Repeat("\n", 10): 1,
	} {
		o := newOutput("p", slog.New(slog.DiscardHandler), func() time.Time { return at }, Limits{OutputRate: 1, OutputBurst: 640})
		w := o.stream("stderr")
		kept := 0
		for w.take([]byte(text)) {
			kept++
		}
		if kept != want {
			t.Errorf("%q: %d kept, want %d", text, kept, want)
		}
	}
}
