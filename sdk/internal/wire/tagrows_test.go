package wire

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

func aTag(n int) observe.Tag {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Millisecond)
	return observe.Tag{Interval: observe.Between(at, at.Add(300*time.Millisecond)), EPC: "3074257BF7194E4000001A85", Antenna: 1 + n%4,
		Power: -5500, Reads: 3, Direction: observe.DirectionOut, Confidence: measure.Certain}
}

// TagRows take what CheckTag takes and nothing else, whatever the character.
func TestTagRowsCheck(t *testing.T) {
	var rows TagRows
	same := func(what string, e observe.Tag) {
		t.Helper()
		rows.Reset()
		good := CheckTag(&e) == nil
		if took := rows.Add(&e, 0); took != good || rows.Len() == 1 != good {
			t.Errorf("%s: taken %v, %d rows, CheckTag %v", what, took, rows.Len(), CheckTag(&e))
		}
	}
	e := aTag(1)
	for _, at := range []int{0, 7, 8, 23, 24, 25} { // in words and in what is left of them
		for c := range 256 {
			e.EPC = strings.Repeat("A9", 13)
			e.EPC = e.EPC[:at] + string([]byte{byte(c)}) + e.EPC[at+1:]
			same(e.EPC, e)
		}
	}
	for n := range observe.MaxText + 3 {
		e.EPC = strings.Repeat("0", n)
		same("digits", e)
	}
	wild := aTag(1)
	for what, change := range map[string]func(*observe.Tag){
		"antenna":    func(e *observe.Tag) { e.Antenna = observe.MaxBay },
		"antenna+":   func(e *observe.Tag) { e.Antenna = observe.MaxBay + 1 },
		"antenna-":   func(e *observe.Tag) { e.Antenna = -1 },
		"phase":      func(e *observe.Tag) { e.Phase = observe.PhaseTurn },
		"phase+":     func(e *observe.Tag) { e.Phase = observe.PhaseTurn + 1 },
		"phase-":     func(e *observe.Tag) { e.Phase = -1 },
		"reads":      func(e *observe.Tag) { e.Reads = observe.MaxReads },
		"reads+":     func(e *observe.Tag) { e.Reads = observe.MaxReads + 1 },
		"reads-":     func(e *observe.Tag) { e.Reads = -1 },
		"direction":  func(e *observe.Tag) { e.Direction = observe.DirectionOut + 1 },
		"confidence": func(e *observe.Tag) { e.Confidence = measure.Certain + 1 },
		"unsure":     func(e *observe.Tag) { e.Confidence = -1 },
		"backwards":  func(e *observe.Tag) { e.Settled = e.Onset.Add(-1) },
		"moment":     func(e *observe.Tag) { e.Settled = e.Onset },
		"no time":    func(e *observe.Tag) { e.Interval = observe.Interval{} },
		"too early":  func(e *observe.Tag) { e.Interval = observe.At(time.UnixMicro(earliest - 1)) },
		"early":      func(e *observe.Tag) { e.Interval = observe.At(time.UnixMicro(earliest)) },
		"late":       func(e *observe.Tag) { e.Interval = observe.At(time.UnixMicro(latest)) },
		"too late":   func(e *observe.Tag) { e.Interval = observe.At(time.UnixMicro(latest + 1)) },
	} {
		e := wild
		change(&e)
		same(what, e)
	}
}

// A batch of tags that were put into columns as they came is the same to the byte
// as one of their records.
func TestTagRowsEncode(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		var rows TagRows
		var records, columns Encoder
		records.Reset()
		columns.Reset()
		first, offset := uint64(1+rnd.IntN(200)), time.Duration(0)
		if round%8 == 7 {
			first = short - 100
		}
		n := 1 + rnd.IntN(MaxBatch)
		kept := make([]Record, 0, n)
		for i := range n {
			e := aTag(i)
			if round%2 == 1 { // nothing is the same twice
				e.Onset = e.Onset.Add(-time.Duration(rnd.Int64N(int64(100 * time.Hour))))
				e.EPC = strings.Repeat("3F", 1+rnd.IntN(20))
				e.Antenna, e.Reads, e.Power = rnd.IntN(observe.MaxBay), rnd.IntN(observe.MaxReads), measure.Power(rnd.Int32())
			}
			if round%4 == 2 && i >= n/3 { // none, and then some
				e.Phase = rnd.IntN(observe.PhaseTurn + 1)
			}
			if round%4 == 3 && i > n/2 {
				offset = time.Duration(rnd.IntN(1e6)) * time.Microsecond
			}
			if !rows.Add(&e, offset) {
				t.Fatalf("%+v is refused", e)
			}
			r := Record{Seq: first + uint64(i)}
			r.Tag(&e, offset)
			kept = append(kept, r)
		}
		records.AddRun(7, 9, kept)
		columns.AddTags(7, 9, first, &rows)
		a, b := records.Append(nil), columns.Append(nil)
		if string(a) != string(b) || len(b) != columns.Size() || columns.Rows() != n {
			t.Fatalf("round %d, %d rows from %d:\n%x\n%x", round, n, first, a, b)
		}
	}
}

func BenchmarkTagRows(b *testing.B) {
	var rows TagRows
	var e Encoder
	tag := aTag(1)
	for i := 0; b.Loop(); i++ {
		tag.Antenna = i & 3
		rows.Add(&tag, 0)
		if rows.Full() {
			e.Reset()
			e.AddTags(1, 1, uint64(i), &rows)
			rows.Reset()
		}
	}
}
