package signal

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

const foot = 0.3048

type walk struct {
	name  string
	along string // the axis walked on
	want  Direction
	reads []Read
}

func rfidData(t testing.TB) string {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the recorded RFID walks can't be found")
	}
	return filepath.Join(root, "data", "rfid-locate-r420", "Testing")
}

func table(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := csv.NewReader(f)
	c.TrimLeadingSpace = true
	c.FieldsPerRecord = -1
	rows, err := c.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return rows[1:]
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func loadReads(t testing.TB, path string) []Read {
	var out []Read
	for _, row := range table(t, path) {
		at := number(t, row[0])
		out = append(out, Read{
			At: time.Unix(0, int64(at*1e9)), EPC: row[4], Antenna: int(number(t, row[2])), RSSI: number(t, row[3]),
			Phase: number(t, row[5]) / 4096 * 2 * math.Pi, Channel: int(number(t, row[6])), Doppler: number(t, row[7]) / 16,
		})
	}
	slices.SortFunc(out, func(a, b Read) int { return a.At.Compare(b.At) })
	return out
}

var square = map[string]LaneOptions{
	"y": {Antennas: []LaneAntenna{{1, 0}, {2, 15 * foot}, {3, 15 * foot}, {4, 0}}},
	"x": {Antennas: []LaneAntenna{{1, 0}, {2, 0}, {3, 15 * foot}, {4, 15 * foot}}},
}

func loadWalks(t testing.TB) []walk {
	dir := filepath.Join(rfidData(t), "MovementTesting", "LineTests")
	var out []walk
	for _, m := range table(t, filepath.Join(dir, "LineMetadata.csv")) {
		name := strings.Replace(m[0], "movetest", "MoveTest", 1)
		path := filepath.Join(dir, "MoveTest1", name+".csv")
		if _, err := os.Stat(path); err != nil {
			continue
		}
		w := walk{name: m[0], along: "y", want: In}
		from, to := number(t, m[6]), number(t, m[8])
		if m[1] == "2" {
			w.along = "x"
			from, to = number(t, m[5]), number(t, m[7])
		}
		if to < from {
			w.want = Out
		}
		w.reads = loadReads(t, path)
		out = append(out, w)
	}
	return out
}

func newLane(o LaneOptions) *Lane {
	l, err := NewLane(o)
	if err != nil {
		panic(err)
	}
	return l
}

// judgeWalks says how many walks come out right.
func judgeWalks(ws []walk, keep func(i int, share float64) bool) (right int, wrong []string) {
	for _, w := range ws {
		l := newLane(square[w.along])
		first, last := w.reads[0].At, w.reads[len(w.reads)-1].At
		for i, r := range w.reads {
			if keep(i, r.At.Sub(first).Seconds()/last.Sub(first).Seconds()) {
				l.Read(r)
			}
		}
		for _, p := range l.Close() {
			if p.Direction == w.want {
				right++
			} else {
				wrong = append(wrong, fmt.Sprintf("%s: %v %v", w.name, p.Direction, p.Confidence))
			}
		}
	}
	return right, wrong
}

func TestRecordedWalks(t *testing.T) {
	ws := loadWalks(t)
	if len(ws) != 32 {
		t.Fatalf("%d walks, not 32", len(ws))
	}
	for _, c := range []struct {
		name string
		keep func(i int, share float64) bool
		want int
	}{
		{"all reads", func(int, float64) bool { return true }, 31},
		{"even reads", func(i int, _ float64) bool { return i%2 == 0 }, 28},
		{"odd reads", func(i int, _ float64) bool { return i%2 == 1 }, 28},
		{"first three quarters", func(_ int, f float64) bool { return f < 0.75 }, 28},
		{"last three quarters", func(_ int, f float64) bool { return f > 0.25 }, 28},
		{"the middle", func(_ int, f float64) bool { return f > 0.15 && f < 0.85 }, 28},
	} {
		right, wrong := judgeWalks(ws, c.keep)
		t.Logf("%s: %d of %d right; wrong: %v", c.name, right, len(ws), wrong)
		if right < c.want {
			t.Errorf("%s: %d right, want %d at least", c.name, right, c.want)
		}
	}
}

// A tag that lies near is not a passage: of the 32 places none may be taken for
// one, on whichever axis the lane runs and however long the tag is watched
// beyond the time that the reader's hops take to come round. Everything is fed as
// a driver does, with a Flush every second.
func TestTagsThatLieStill(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(rfidData(t), "Test8", "*.csv"))
	if err != nil || len(files) != 32 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, c := range []struct {
		seconds float64 // watched; hops come round in 10
		files   int     // of 32 that may be wrong
	}{{60, 0}, {15, 1}, {12, 1}} {
		var wrong []string
		for _, f := range files {
			bad := false
			for _, axis := range []string{"x", "y"} {
				for _, p := range driven(square[axis], first(loadReads(t, f), c.seconds)) {
					bad = bad || p.Direction != None
				}
			}
			if bad {
				wrong = append(wrong, filepath.Base(f))
			}
		}
		t.Logf("still tags watched for %v s at most: %d of %d places taken for passages: %v", c.seconds, len(wrong), len(files), wrong)
		if len(wrong) > c.files {
			t.Errorf("%v s: %v pass, %d may", c.seconds, wrong, c.files)
		}
	}
}

// The same judgement that finds no still tag finds the walks: each one passage,
// and its direction right for 31 of 32 at least.
func TestDrivenWalks(t *testing.T) {
	right := 0
	for _, w := range loadWalks(t) {
		p := driven(square[w.along], w.reads)
		if len(p) != 1 {
			t.Errorf("%s: %d passages", w.name, len(p))
		} else if p[0].Direction == w.want {
			right++
		}
	}
	t.Logf("%d of 32 walks right", right)
	if right < 31 {
		t.Errorf("%d of 32 walks right, want 31", right)
	}
}

// first gives the reads of the first seconds.
func first(reads []Read, seconds float64) []Read {
	end := reads[0].At.Add(time.Duration(seconds * 1e9))
	return reads[:sort.Search(len(reads), func(i int) bool { return reads[i].At.After(end) })]
}

// driven gives the passages as a driver hears of them.
func driven(o LaneOptions, reads []Read) (out []Passage) {
	l := newLane(o)
	for next, i := reads[0].At, 0; i < len(reads); i++ {
		for reads[i].At.After(next) {
			out = append(out, l.Flush(next)...)
			next = next.Add(time.Second)
		}
		l.Read(reads[i])
	}
	return append(out, l.Close()...)
}
