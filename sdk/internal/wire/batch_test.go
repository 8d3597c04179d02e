package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123_000, time.UTC)

// oneOfEach are rows of all kinds of two devices, in each device's order.
func oneOfEach() []Row {
	span := observe.Between(noon, noon.Add(1500*time.Microsecond))
	evidence := []observe.Evidence{
		observe.Credential{Interval: span, Token: "tok_ü", Method: observe.MethodPalm, Quality: 990_000, Bodies: 3},
		observe.Passage{Interval: span, Lane: "2", Direction: observe.DirectionOut, Admission: "visit"},
		observe.Passage{Interval: observe.At(noon.Add(-time.Hour)), Direction: observe.DirectionIn},
		observe.Weight{Interval: span, Bay: observe.MaxBay, Mass: -345 * measure.Gram, Deviation: measure.Milligram},
		observe.Tag{Interval: span, EPC: "3074257BF7194E4000001A85", Antenna: 4, Power: -6_250, Reads: observe.MaxReads,
			Direction: observe.DirectionOut, Confidence: measure.Certain},
		observe.Tag{Interval: span, EPC: "E280", Antenna: 1, Power: 0, Reads: 1},
		observe.Interaction{Interval: span, Track: "c1-7", At: "weight_shelf.a.bay[1]", Action: observe.ActionPut,
			Confidence: 1, Quantity: 2, Candidates: []observe.Candidate{{GTIN: "05449000000996", Probability: 600_000},
				{GTIN: "05449000131805", Probability: 400_000}}},
		observe.Interaction{Interval: span, At: "x", Action: observe.ActionTouch},
		observe.Presence{Interval: span, Track: "c1-7", Zone: "zone.drinks", Phase: observe.PhaseEnded},
		observe.Door{Interval: span, Open: true},
		observe.Door{Interval: span},
		observe.Scan{Interval: span, GTIN: "05449000000996", Serial: "9", Track: "c1-7"},
	}
	var rows []Row
	for _, h := range []uint32{1, 7} {
		for i, e := range evidence {
			rows = append(rows, Row{Handle: h, Epoch: 9 << 40, Seq: uint64(i + 1), Evidence: e})
		}
		rows = append(rows, Row{Handle: h, Epoch: 9 << 40, Seq: 20, Gap: &Gap{
			Interval: span, Lost: 8, Before: measure.Kilogram, After: -measure.Gram, Cause: "spool full",
		}})
	}
	for i := range 5 { // some rows have an offset and others don't
		rows[3*i].Offset = time.Duration(i-2) * time.Second
	}
	return rows
}

func encode(rows []Row) *pb.Batch {
	var e Encoder
	e.Reset()
	for _, r := range rows {
		e.Add(r)
	}
	return e.Batch()
}

// travel sends a batch through its bytes.
func travel(t testing.TB, b *pb.Batch) *pb.Batch {
	t.Helper()
	raw, err := proto.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	out := &pb.Batch{}
	if err := proto.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	want := oneOfEach()
	got, err := Decode(travel(t, encode(want)), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []uint32{1, 7} { // the order of each device alone is promised
		var last uint64
		for _, r := range got {
			if r.Handle == h && r.Seq <= last {
				t.Errorf("device %d: number %d after %d", h, r.Seq, last)
			}
			if r.Handle == h {
				last = r.Seq
			}
		}
	}
	slices.SortStableFunc(got, inOrder)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows that travelled (-want +got):\n%s", d)
	}
}

func TestEncoderIsReusable(t *testing.T) {
	var e Encoder
	for range 3 {
		e.Reset()
		for _, r := range oneOfEach() {
			e.Add(r)
		}
		got, err := Decode(travel(t, e.Batch()), nil)
		slices.SortStableFunc(got, inOrder)
		if err != nil || cmp.Diff(oneOfEach(), got) != "" {
			t.Fatalf("%v %s", err, cmp.Diff(oneOfEach(), got))
		}
		e.Reset()
		if b := travel(t, e.Batch()); e.Rows() != 0 || b.Weights != nil || len(b.Sources) != 0 {
			t.Fatalf("after Reset: %v", b)
		}
		e.Add(oneOfEach()[3])
		if got, err := Decode(travel(t, e.Batch()), nil); err != nil || len(got) != 1 || got[0].Evidence != oneOfEach()[3].Evidence {
			t.Fatalf("one row after a full batch: %+v, %v", got, err)
		}
	}
}

// Times are cut to microseconds, the resolution of the wire.
func TestTimeResolution(t *testing.T) {
	at := time.Date(2026, 3, 4, 12, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
	got, err := Decode(travel(t, encode([]Row{{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Door{Interval: observe.At(at)}}})), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := at.UTC().Truncate(time.Microsecond); got[0].Evidence.Span().Onset != want {
		t.Errorf("got %v, want %v", got[0].Evidence.Span().Onset, want)
	}
}

func TestMalformedBatches(t *testing.T) {
	for name, harm := range map[string]func(*pb.Batch){
		"short column":        func(b *pb.Batch) { b.Weights.Bay = b.Weights.Bay[1:] },
		"long column":         func(b *pb.Batch) { b.Doors.Open = append(b.Doors.Open, true) },
		"no stamps":           func(b *pb.Batch) { b.Scans.At = nil },
		"short sequence":      func(b *pb.Batch) { b.Tags.At.Seq = b.Tags.At.Seq[1:] },
		"short offsets":       func(b *pb.Batch) { b.Weights.At.OffsetUs = []int64{1}; b.Passages.At.OffsetUs = []int64{1} },
		"source out of range": func(b *pb.Batch) { b.Doors.At.Source[0] = 99 },
		"no sources":          func(b *pb.Batch) { b.Sources = nil },
		"text out of range":   func(b *pb.Batch) { b.Passages.Lane[0] = 1 << 31 },
		"no texts":            func(b *pb.Batch) { b.Texts = nil },
		"text 0 not empty":    func(b *pb.Batch) { b.Texts[0] = "x" },
		"sequence 0":          func(b *pb.Batch) { b.Doors.At.Seq[0] = 0 },
		"onset overflow":      func(b *pb.Batch) { b.Doors.At.OnsetUs[0] = 1<<63 - 1 },
		"onset underflow":     func(b *pb.Batch) { b.Doors.At.OnsetUs[0] = -1 << 63 },
		"span overflow":       func(b *pb.Batch) { b.Doors.At.SpanUs[0] = 1<<64 - 1 },
		"base overflow":       func(b *pb.Batch) { b.BaseUs = 1<<63 - 1 },
		"offset overflow":     func(b *pb.Batch) { b.Credentials.At.OffsetUs = []int64{1<<63 - 1, 0} },
		"candidates over":     func(b *pb.Batch) { b.Interactions.Candidates[0] = 1 << 30 },
		"candidates left":     func(b *pb.Batch) { b.Interactions.Candidates[0] = 1 },
		"candidates unequal":  func(b *pb.Batch) { b.Interactions.CandidatePpm = b.Interactions.CandidatePpm[1:] },
		"gap of none":         func(b *pb.Batch) { b.Gaps.Lost[0] = 0 },
		"gap before number 1": func(b *pb.Batch) { b.Gaps.Lost[0] = 21 },
		"too many sources":    func(b *pb.Batch) { b.Sources = make([]*pb.Source, MaxSources+1) },
	} {
		b := travel(t, encode(oneOfEach()))
		harm(b)
		if rows, err := Decode(b, nil); err == nil || len(rows) != 0 {
			t.Errorf("%s: %d rows, %v; want none and an error", name, len(rows), err)
		}
	}
	if _, err := Decode(nil, nil); err == nil {
		t.Error("no batch: no error")
	}
}

func TestBatchLimit(t *testing.T) {
	rows := func(n int) (rows []Row) {
		for i := range n {
			rows = append(rows, Row{Handle: 1, Epoch: 1, Seq: uint64(i + 1), Evidence: observe.Door{Interval: observe.At(noon)}})
		}
		return rows
	}
	if got, err := Decode(encode(rows(MaxBatch)), nil); err != nil || len(got) != MaxBatch {
		t.Errorf("a full batch: %d rows, %v", len(got), err)
	}
	if _, err := Decode(encode(rows(MaxBatch+1)), nil); err == nil {
		t.Error("a batch of one row more was accepted")
	}
}

// Evidence of good shape that means nothing takes its number as a gap, or a
// stream would break at it again after every reconnection.
func TestSenselessEvidenceBecomesGap(t *testing.T) {
	for name, harm := range map[string]func(*pb.Batch){
		"bay 0":         func(b *pb.Batch) { b.Weights.Bay[0] = 0 },
		"bay too great": func(b *pb.Batch) { b.Weights.Bay[0] = 1<<32 - 1 },
		"deviation":     func(b *pb.Batch) { b.Weights.DeviationMg[0] = 1 << 63; b.Weights.Bay[0] = 0 },
	} {
		b := travel(t, encode([]Row{
			{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Weight{Interval: observe.At(noon), Bay: 1}},
			{Handle: 1, Epoch: 1, Seq: 2, Evidence: observe.Weight{Interval: observe.At(noon), Bay: 2}},
		}))
		harm(b)
		got, err := Decode(b, nil)
		if err != nil || len(got) != 2 || got[0].Gap == nil || got[0].Gap.Lost != 1 || got[0].Seq != 1 || got[1].Evidence == nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	b := encode([]Row{{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Passage{Interval: observe.At(noon), Direction: observe.DirectionIn}}})
	b.Passages.Direction[0] = 257 // would be In if it were cut to a byte
	if got, err := Decode(b, nil); err != nil || got[0].Evidence != nil {
		t.Errorf("direction 257 was taken for %+v, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	at := observe.At(noon)
	for name, e := range map[string]observe.Evidence{
		"nothing":      nil,
		"observe":      observe.Weight{Interval: at},
		"not UTF-8":    observe.Credential{Interval: at, Token: "\xff", Method: observe.MethodCard},
		"track":        observe.Presence{Interval: at, Track: "\xc0", Zone: "z", Phase: observe.PhaseBegan},
		"candidate":    observe.Interaction{Interval: at, At: "x", Action: observe.ActionTake, Candidates: []observe.Candidate{{GTIN: "\xff"}}},
		"year 10000":   observe.Door{Interval: observe.At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))},
		"year minus 5": observe.Door{Interval: observe.At(time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC))},
	} {
		if Check(e) == nil {
			t.Errorf("%s: may travel", name)
		}
	}
	for _, r := range oneOfEach() {
		if r.Evidence != nil && Check(r.Evidence) != nil {
			t.Errorf("%T: %v", r.Evidence, Check(r.Evidence))
		}
	}
}

func FuzzDecode(f *testing.F) {
	raw, err := proto.Marshal(encode(oneOfEach()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := &pb.Batch{}
		if proto.Unmarshal(raw, b) != nil {
			return
		}
		rows, err := Decode(b, nil)
		if err != nil {
			return
		}
		if len(rows) > MaxBatch {
			t.Fatalf("%d rows", len(rows))
		}
		var e Encoder
		e.Reset()
		for _, r := range rows {
			if (r.Evidence == nil) == (r.Gap == nil) {
				t.Fatalf("row %+v is neither or both", r)
			}
			if r.Evidence != nil && Check(r.Evidence) != nil {
				t.Fatalf("decoded %+v: %v", r, Check(r.Evidence))
			}
			e.Add(r)
		}
		again, err := Decode(e.Batch(), nil)
		if err != nil || !slices.Equal(texts(again), texts(rows)) {
			t.Fatalf("%v: rows %v became %v", err, texts(rows), texts(again))
		}
	})
}

func texts(rows []Row) (out []string) {
	for _, r := range rows {
		s := fmt.Sprintf("%d/%d/%d/%v/%+v", r.Handle, r.Epoch, r.Seq, r.Offset, r.Evidence)
		if r.Gap != nil {
			s += fmt.Sprintf("%+v", *r.Gap)
		}
		out = append(out, strings.ToValidUTF8(s, "?"))
	}
	slices.Sort(out) // rows of several kinds come in the order of the kinds
	return out
}

// benchRows are a full batch as a store makes them: weights and tags.
func benchRows() (rows []Row) {
	for i := range MaxBatch {
		r := Row{Handle: uint32(i % 8), Epoch: 1 << 50, Seq: uint64(i/8 + 1)}
		at := observe.Between(noon.Add(time.Duration(i)*time.Millisecond), noon.Add(time.Duration(i+300)*time.Millisecond))
		if i%2 == 0 {
			r.Evidence = observe.Weight{Interval: at, Bay: i%4 + 1, Mass: measure.Mass(i) * measure.Gram, Deviation: measure.Gram}
		} else {
			r.Evidence = observe.Tag{Interval: at, EPC: fmt.Sprintf("3074257BF7194E40%08X", i), Antenna: 1, Power: -5500, Reads: 3}
		}
		rows = append(rows, r)
	}
	return rows
}

func BenchmarkEncode(b *testing.B) {
	rows := benchRows()
	var e Encoder
	var raw []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		for _, r := range rows {
			e.Add(r)
		}
		if raw, err = (proto.MarshalOptions{}).MarshalAppend(raw[:0], e.Batch()); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, len(raw))
}

func BenchmarkDecode(b *testing.B) {
	raw, err := proto.Marshal(encode(benchRows()))
	if err != nil {
		b.Fatal(err)
	}
	var batch pb.Batch
	var rows []Row
	b.ReportAllocs()
	for b.Loop() {
		if err := proto.Unmarshal(raw, &batch); err != nil {
			b.Fatal(err)
		}
		if rows, err = Decode(&batch, rows[:0]); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, len(raw))
}

func perEvent(b *testing.B, size int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/MaxBatch, "ns/event")
	b.ReportMetric(float64(size)/MaxBatch, "B/event")
}
