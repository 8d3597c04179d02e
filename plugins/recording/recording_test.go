package main

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

func data(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the recordings can't be found")
	}
	return filepath.Join(append([]string{root, "data"}, parts...)...)
}

// change is a settled change of a shelf's level.
type change struct {
	shelf int
	at    float64 // ms on the recording's clock, when it was decided
	grams float64
}

// changes are the differences of the levels that five shelves report.
func changes(reports []host.Report) (out []change) {
	last := map[uint32]measure.Mass{}
	for _, r := range reports {
		w, ok := r.Evidence.(observe.Weight)
		if !ok {
			continue
		}
		before, known := last[r.Handle]
		last[r.Handle] = w.Mass
		if d := w.Mass - before; known && d.Abs() >= 3*max(w.Deviation, measure.Gram) {
			out = append(out, change{int(r.Handle), float64(w.Settled.UnixMicro()) / 1000, float64(d) / 1000})
		}
	}
	return out
}

// The open minute, on a world's clock that waits for every sample: the five
// labelled picks and no more, on the recording's own clock.
func TestRecordedPicksOnAWorldsClock(t *testing.T) {
	dir := data(t, "aim3s-shelf-recording")
	w := newWorld(t)
	p := started(t)
	seen := classtest.Watch(t, p)
	for shelf := uint32(1); shelf <= 5; shelf++ {
		r := opening(t, "shelf", shelf, map[string]any{
			"file": filepath.Join(dir, "shelf_weights_60hz.csv"), "column": "shelf" + strconv.Itoa(int(shelf)) + "_raw_g",
			"clock": w.address, "start": 10 * time.Second,
		})
		r.Address = "weight_shelf.shelf_" + strconv.Itoa(int(shelf))
		if _, err := p.Open(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.runAll(5); n < 4020 {
		t.Errorf("the world took %d steps for 4020 samples", n)
	}
	if got, want := w.at(), 10*time.Second+66984673*time.Microsecond; got != want { // from -7000.000 to 59984.673 ms
		t.Errorf("the world stands at %v at the end, not at %v", got, want)
	}
	reports := seen.Waiting()
	for _, r := range reports {
		if host := r.Evidence.Span().Settled.Add(-r.Offset); host.Before(w.began.Add(10*time.Second)) || host.After(w.began.Add(80*time.Second)) {
			t.Errorf("a report of %v on the host's clock", host)
		}
	}
	labelled(t, dir, changes(reports))
	health, err := p.Health(t.Context())
	if err != nil || len(health) != 5 || health[0].Cause != "recording ended" || health[0].State.String() != "ready" {
		t.Errorf("at the end: %+v, %v", health, err)
	}
}

// labelled compares changes with the events of the recording.
func labelled(t *testing.T, dir string, got []change) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "events.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Events []struct {
			Shelf int     `json:"shelf"`
			End   float64 `json:"t_end_ms"`
			Delta float64 `json:"delta_g_measured_by_us"`
		} `json:"ground_truth_events"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Events) != len(got) {
		t.Errorf("%d events, %d changes: %v", len(doc.Events), len(got), got)
	}
	slices.SortFunc(got, func(a, b change) int { return int(a.at - b.at) })
	for i, e := range doc.Events[:min(len(got), len(doc.Events))] {
		c := got[i]
		t.Logf("shelf %d: decided %+.0f ms after its end, %.1f g for %.1f g", c.shelf, c.at-e.End, c.grams, e.Delta)
		if c.shelf != e.Shelf || math.Abs(c.at-e.End) > 1000 || math.Abs(c.grams-e.Delta) > max(10, 0.03*math.Abs(e.Delta)) {
			t.Errorf("change %+v for event %+v", c, e)
		}
	}
}

// As fast as possible, without a world: the same changes.
func TestRecordedPicksAtFullPace(t *testing.T) {
	dir := data(t, "aim3s-shelf-recording")
	p := started(t)
	seen := classtest.Watch(t, p)
	for shelf := uint32(1); shelf <= 5; shelf++ {
		r := opening(t, "shelf", shelf, map[string]any{
			"file": filepath.Join(dir, "shelf_weights_60hz.csv"), "column": "shelf" + strconv.Itoa(int(shelf)) + "_raw_g", "pace": "max",
		})
		if _, err := p.Open(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	var reports []host.Report
	for range 5 + 5 { // a level and a change each, and at times a creep
		reports = append(reports, seen.Next())
	}
	waitEnded(t, p, 5)
	reports = append(reports, seen.Waiting()...)
	labelled(t, dir, changes(reports))
	for _, r := range reports {
		if host := r.Evidence.Span().Settled.Add(-r.Offset); host.After(time.Now()) {
			t.Errorf("a report of the future: %v", host)
		}
	}
}

// waitEnded waits until all devices say that their recordings have ended.
func waitEnded(t *testing.T, p *host.Plugin, devices int) {
	t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		health, err := p.Health(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, h := range health {
			if h.Cause == "recording ended" && h.Reported == h.Acknowledged {
				n++
			}
		}
		if n == devices {
			return
		}
		select {
		case <-limit:
			t.Fatalf("recordings do not end: %+v", health)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// In real time, a short recording: its first level comes when it has settled.
func TestRealTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.csv")
	var b strings.Builder
	b.WriteString("t_ms,a\n")
	for i := range 120 {
		b.WriteString(strconv.Itoa(i*1000/60+1) + "," + strconv.FormatFloat(500+math.Sin(float64(i)), 'f', 3, 64) + "\n")
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p := started(t)
	seen := classtest.Watch(t, p)
	began := time.Now()
	if _, err := p.Open(t.Context(), opening(t, "shelf", 1, map[string]any{"file": file, "column": "a"})); err != nil {
		t.Fatal(err)
	}
	r := seen.Next()
	w, ok := r.Evidence.(observe.Weight)
	if !ok || (w.Mass-500*measure.Gram).Abs() > measure.Gram || w.Bay != 1 {
		t.Errorf("%+v", r)
	}
	if at := w.Settled.Add(-r.Offset); at.Before(began) || at.After(time.Now()) {
		t.Errorf("settled at %v, between %v and now", at, began)
	}
	if again := time.Since(began); again < w.Settled.Sub(time.UnixMilli(1)) {
		t.Errorf("%v of recording took %v", w.Settled.Sub(time.UnixMilli(1)), again)
	}
	waitEnded(t, p, 1)
}

// The recorded walks, each through the plugin: at least 30 of the 32 the right
// way. Path 1 runs along y, path 2 along x, in feet.
func TestRecordedWalks(t *testing.T) {
	dir := data(t, "rfid-locate-r420", "Testing", "MovementTesting", "LineTests")
	f, err := os.Open(filepath.Join(dir, "LineMetadata.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := csv.NewReader(f)
	c.TrimLeadingSpace = true
	rows, err := c.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	p := started(t)
	seen := classtest.Watch(t, p)
	walks, right := 0, 0
	for _, row := range rows[1:] {
		path := filepath.Join(dir, "MoveTest1", strings.Replace(row[0], "movetest", "MoveTest", 1)+".csv")
		if _, err := os.Stat(path); err != nil {
			continue
		}
		walks++
		along, from, to := [4]float64{0, 15, 15, 0}, number(t, row[6]), number(t, row[8])
		if row[1] == "2" {
			along, from, to = [4]float64{0, 0, 15, 15}, number(t, row[5]), number(t, row[7])
		}
		var antennas []any
		for i, a := range along {
			antennas = append(antennas, map[string]any{"id": i + 1, "along": a * 0.3048})
		}
		handle := uint32(walks)
		if _, err := p.Open(t.Context(), opening(t, "lane", handle, map[string]any{"file": path, "pace": "max", "antenna": antennas})); err != nil {
			t.Fatal(err)
		}
		tag, ok := seen.NextOf(func(r host.Report) bool { return r.Handle == handle }).Evidence.(observe.Tag)
		want := observe.DirectionIn
		if to < from {
			want = observe.DirectionOut
		}
		switch {
		case !ok || tag.EPC != strings.ToUpper("303435fc8803d056d15b963f") && len(tag.EPC) != 24:
			t.Errorf("%s: %+v", row[0], tag)
		case tag.Direction == want:
			right++
		default:
			t.Logf("%s: %v with %v, it went %v", row[0], tag.Direction, tag.Confidence, want)
		}
	}
	waitEnded(t, p, walks)
	if extra := seen.Waiting(); len(extra) > 0 {
		t.Errorf("more than one report of a walk: %v", extra)
	}
	t.Logf("%d of %d right", right, walks)
	if walks != 32 || right < 30 {
		t.Errorf("%d of %d walks the right way, want 30 of 32", right, walks)
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
