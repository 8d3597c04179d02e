package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func plain(w io.Writer) io.Writer { return w }

// A log is JSON with stable keys; what is written before its folder is there is
// not lost, and a run that leaves no folder leaves no log.
func TestLogging(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	log, done, err := (&logging{}).open(data, nil, plain)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("early", "plugin", "p")
	if _, err := os.Stat(data); err == nil {
		t.Error("the folder was made")
	}
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	log.Debug("too fine")
	log.Warn("late", "error", errors.New("why"), "device", "gate.a")
	done()
	b, err := os.ReadFile(filepath.Join(data, logFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	if len(lines) != 2 {
		t.Fatalf("log:\n%s", b)
	}
	var last map[string]any
	if err := json.Unmarshal(lines[1], &last); err != nil {
		t.Fatal(err)
	}
	if last["msg"] != "late" || last["level"] != "WARN" || last["err"] != "why" || last["device"] != "gate.a" || last["time"] == nil {
		t.Errorf("last line %v", last)
	}
	var stderr bytes.Buffer
	log, done, err = (&logging{to: "-", level: "debug"}).open(data, &stderr, plain)
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("fine")
	done()
	if !bytes.Contains(stderr.Bytes(), []byte(`"msg":"fine"`)) {
		t.Errorf("stderr %s", &stderr)
	}
	for _, wrong := range []logging{{level: "loud"}, {to: filepath.Join(data, "none", "log")}} {
		if _, _, err := wrong.open(data, nil, plain); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

// A log never grows beyond its bound and the one before it, and no line is torn.
func TestLogBound(t *testing.T) {
	l := &logOf{path: filepath.Join(t.TempDir(), "log"), most: 100}
	line := []byte("0123456789012345678901234567890123456789\n") // 41 bytes
	for range 7 {
		if _, err := l.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	l.close()
	for path, want := range map[string]int{l.path: 1, l.path + ".1": 2} {
		b, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(b, bytes.Repeat(line, want)) {
			t.Errorf("%s, %v:\n%s", filepath.Base(path), err, b)
		}
	}
	again := &logOf{path: l.path, most: 100}
	for range 2 {
		if _, err := again.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	again.close()
	if b, err := os.ReadFile(l.path); err != nil || len(b) != len(line) {
		t.Errorf("a log that is gone on with has %d bytes, %v", len(b), err)
	}
}
