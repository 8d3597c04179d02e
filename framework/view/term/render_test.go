package term

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
)

var update = flag.Bool("update", false, "write the golden screens again")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func snapshot(records ...event.Record) *view.Snapshot {
	m := view.NewModel()
	for _, r := range records {
		m.Apply(r)
	}
	return m.Snapshot()
}

// closed is the story with nobody let in for more reasons than are named.
func closed() []event.Record {
	t := viewtest.Continue(viewtest.Story())
	f := event.EntryChanged{Closed: []event.Closure{{Gate: "gate.north", Device: "gate.north", Reason: "gate.north is down"}}}
	for i := range mostClosed + 1 {
		device := fmt.Sprintf("camera.c%d", i)
		f.Closed = append(f.Closed, event.Closure{Device: device, Reason: device + " is down, and the store lets nobody in without it"})
	}
	t.Tell(f)
	return t.Records
}

func TestRenderGolden(t *testing.T) {
	story := snapshot(viewtest.Story()...)
	for _, c := range []struct {
		name string
		s    *view.Snapshot
		sc   Screen
	}{
		{"80x24", story, Screen{Width: 80, Height: 24, URL: "http://127.0.0.1:8080/"}},
		{"80x40", story, Screen{Width: 80, Height: 40, URL: "http://127.0.0.1:8080/"}},
		{"110-whole", story, Screen{Width: 200, URL: "http://127.0.0.1:8080/"}},
		{"40x10", story, Screen{Width: 1, Height: 1}},
		{"colour", story, Screen{Width: 80, Height: 30, Color: true}},
		{"closed", snapshot(closed()...), Screen{Width: 80, Height: 24}},
		{"empty", snapshot(), Screen{Width: 80, Height: 24}},
	} {
		got := strings.Join(Render(c.s, c.sc), "\n") + "\n"
		file := filepath.Join("testdata", c.name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\ngot\n%s\nwant\n%s", c.name, err, got, want)
		}
	}
}

// TestRenderKeepsWithin: no line is wider and no screen higher than was said.
func TestRenderKeepsWithin(t *testing.T) {
	story := snapshot(viewtest.Story()...)
	for width := leastWidth; width <= mostWidth; width += 7 {
		for height := leastHeight; height <= 60; height += 5 {
			for _, color := range []bool{false, true} {
				lines := Render(story, Screen{Width: width, Height: height, Color: color, URL: "http://127.0.0.1:8080/"})
				if len(lines) > height {
					t.Errorf("%d×%d: %d lines", width, height, len(lines))
				}
				for _, l := range lines {
					if w := ansi.StringWidth(l); w > width {
						t.Errorf("%d×%d: %d cells: %q", width, height, w, l)
					}
				}
			}
		}
	}
}

// TestRenderIsText: a name can't move the cursor, ring or turn the text around.
func TestRenderIsText(t *testing.T) {
	store := viewtest.Store()
	store.Name = "cor\x1b[2Jner\u202e"
	store.Products[0].Title = "Co\x1b]0;owned\x07la\r\n"
	records := viewtest.Story()
	records[0].Facts = []event.Fact{event.Adopted{Definition: event.Definition{Store: store}}}
	for _, l := range Render(snapshot(records...), Screen{Width: 80}) {
		if strings.ContainsAny(l, "\x1b\x07\r\n\u202e") {
			t.Errorf("%q", l)
		}
	}
}

func follow(t *testing.T) (*view.View, journal.Journal) {
	j := journal.Memory()
	viewtest.Append(t, j, viewtest.Story()...)
	return viewtest.View(t, j), j
}

// stopAfter ends a run once something was written.
type stopAfter struct {
	got  bytes.Buffer // not embedded: its WriteString would pass Write by
	want string
	stop func()
}

func (s *stopAfter) String() string { return s.got.String() }

func (s *stopAfter) Write(b []byte) (int, error) {
	n, err := s.got.Write(b)
	if strings.Contains(s.String(), s.want) {
		s.stop()
	}
	return n, err
}

func TestLines(t *testing.T) {
	v, j := follow(t)
	ctx, cancel := context.WithCancel(context.Background())
	out := &stopAfter{want: "Visit 6: closed", stop: cancel}
	tell := viewtest.Continue(viewtest.Story())
	n := len(tell.Records)
	tell.Tell(event.SessionClosed{Session: "sess-f", At: tell.At()})
	viewtest.Append(t, j, tell.Records[n:]...)
	if err := Run(ctx, v, out, nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if want := int(v.Snapshot().Lines); len(lines) != want || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%d lines, want %d:\n%s", len(lines), want, out)
	}
	if lines[0] != "09:30:00 The definition of corner is in force: 7 devices, 5 products" {
		t.Errorf("the first line is %q", lines[0])
	}
}

func TestLinesSaysWhatItMissed(t *testing.T) {
	tell := viewtest.Continue(viewtest.Story())
	before := snapshot(tell.Records...).Lines
	for i := range view.KeptLines + 7 {
		tell.Tell(event.BodyUnknown{Gate: fmt.Sprintf("gate.%d", i)})
	}
	var b bytes.Buffer
	n, err := more(snapshot(tell.Records...), &b, before, false)
	if err != nil || n != before+view.KeptLines+7 || !strings.HasPrefix(b.String(), "… 7 lines not shown\n") || strings.Count(b.String(), "\n") != view.KeptLines+1 {
		t.Errorf("%d, %v: %s", n, err, b.String()[:200])
	}
}

func TestScreen(t *testing.T) {
	v, _ := follow(t)
	ctx, cancel := context.WithCancel(context.Background())
	out := &stopAfter{want: end, stop: cancel}
	if err := screen(ctx, v, out, Screen{Color: true}, func() (int, int) { return 80, 24 }); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	frame, last, ok := strings.Cut(got, leave)
	if !strings.HasPrefix(got, enter+begin) || !ok || strings.Count(frame, line) != 23 || !strings.Contains(last, "Rolled oats") || !strings.HasSuffix(got, leave) {
		t.Errorf("%q", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no screen") }

func TestBrokenWriter(t *testing.T) {
	v, _ := follow(t)
	if err := Run(context.Background(), v, broken{}, nil); err == nil {
		t.Error("lines: a writer that fails is not noticed")
	}
	if err := screen(context.Background(), v, broken{}, Screen{}, func() (int, int) { return 80, 24 }); err == nil {
		t.Error("screen: a writer that fails is not noticed")
	}
}
