package supervisor

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestForgedLines(t *testing.T) {
	log := &records{}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := supervise(t, Options{Log: slog.New(log), Now: func() time.Time { return now }})
	if _, err := s.Describe(t.Context(), spec("forge")); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		level          slog.Level
		message, attrs string
	}{
		{slog.LevelInfo, `innocent\r\x1b[1Apayment: settled`, "plugin=acme stream=stderr "},
		{slog.LevelError, `cell\nplugin=cards payment settled`, "plugin=acme stream=stderr said=[n=7 plugin=cards] "},
		{slog.LevelWarn, "drifts", "plugin=acme stream=stderr said=[device=gate.north] "},
	}
	got := log.list()
	if len(got) < len(want) {
		t.Fatalf("%d records", len(got))
	}
	for i, w := range want {
		if r := got[i]; r.Level != w.level || r.Message != w.message || attrs(r) != w.attrs || !r.Time.Equal(now) {
			t.Errorf("record %d: %v %q %q at %v", i, r.Level, r.Message, attrs(r), r.Time)
		}
	}
}

func TestFlood(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log), Limits: &Limits{OutputRate: 1, OutputBurst: 1 << 20}})
	in, err := s.Start(t.Context(), spec("flood"))
	if err != nil {
		t.Fatal(err)
	}
	const flood = 500 * (6*1000 + 1)
	for in.Dropped() < flood-1<<20-1<<17 { // a chunk that is partly over is dropped whole
		if _, err := in.Plugin().Health(t.Context()); err != nil { // it answers all the while
			t.Fatal(err)
		}
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	kept, told := 0, false
	for _, r := range log.list() {
		kept += len(r.Message)
		told = told || strings.Contains(r.Message, "output dropped") && r.Level == slog.LevelWarn
	}
	if kept > 1<<20+1<<17 || !told {
		t.Errorf("kept %d bytes, told %v", kept, told)
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("y", maxLine)
	for _, tt := range []struct {
		name   string
		chunks []string
		want   []string
	}{
		{"whole lines", []string{"a\nb\n"}, []string{"a", "b"}},
		{"in pieces", []string{"a", "b\nc", "d\n"}, []string{"ab", "cd"}},
		{"no end", []string{"a\nb"}, []string{"a", "b"}},
		{"empty and CR", []string{"\n\r\na\r\n"}, []string{"a"}},
		{"at the limit", []string{long + "\nz\n"}, []string{long[:maxText] + "...", "z"}},
		{"over the limit", []string{long, "more", "more\nz\n"}, []string{long[:maxText] + "...", "z"}},
	} {
		log := &records{}
		o := newOutput("p", slog.New(log), time.Now, (*Limits)(nil).withDefaults())
		w := o.stream("stderr")
		for _, c := range tt.chunks {
			if _, err := io.WriteString(w, c); err != nil {
				t.Error(err)
			}
		}
		w.end()
		if got := log.messages(); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: %d lines %.100q", tt.name, len(got), got)
		}
	}
}

func TestBucket(t *testing.T) {
	at := time.Unix(100, 0)
	b := newBucket(10, 100, at)
	for i, tt := range []struct {
		n    int
		pass time.Duration
		want bool
	}{
		{100, 0, true}, {1, 0, false}, {1, 99 * time.Millisecond, false}, {1, time.Millisecond, true},
		{101, time.Hour, false}, {100, 0, true}, {1, -time.Hour, false},
	} {
		at = at.Add(tt.pass)
		if got := b.take(tt.n, at); got != tt.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		n        int
	}{
		{"Weiß 3 g", "Weiß 3 g", 100}, {"a\nb\tc", `a\nb\tc`, 100}, {"\x1b[2J\x00\x7f", `\x1b[2J\x00\x7f`, 100},
		{"\xff\xc3", `\xff\xc3`, 100}, {"a\u202eb\u2028", `a\u202eb\u2028`, 100}, {"\u0085", `\u0085`, 100},
		{"0123456789", "0123456789", 10}, {"0123456789a", "0123456789...", 10},
	} {
		if got := escape(tt.in, tt.n); got != tt.want {
			t.Errorf("%q: %q", tt.in, got)
		}
	}
}
