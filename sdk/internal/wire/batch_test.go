package wire

import (
	cmps "cmp"
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
		observe.Credential{Interval: span, Token: "tok_2", Method: observe.MethodCard, Quality: 990_000, Attributes: []string{"age_over=18", "loyalty=gold"}},
		observe.Passage{Interval: span, Lane: "2", Direction: observe.DirectionOut, Admission: "visit"},
		observe.Passage{Interval: observe.At(noon.Add(-time.Hour)), Direction: observe.DirectionIn},
		observe.Weight{Interval: span, Bay: observe.MaxBay, Mass: -345 * measure.Gram, Deviation: measure.Milligram},
		observe.Tag{Interval: span, EPC: "3074257BF7194E4000001A85", Antenna: 4, Power: -6_250, Reads: observe.MaxReads,
			Direction: observe.DirectionOut, Confidence: measure.Certain},
		observe.Tag{Interval: span, EPC: "E280", Antenna: 1, Power: 0, Reads: 1},
		observe.Tag{Interval: span, EPC: "E280", Antenna: 1, Phase: observe.PhaseTurn, Reads: 1},
		observe.Interaction{Interval: span, Track: "c1-7", At: "weight_shelf.a.bay[1]", Action: observe.ActionPut,
			Confidence: 1, Quantity: 2, Candidates: []observe.Candidate{{GTIN: "05449000000996", Probability: 600_000},
				{GTIN: "05449000131805", Probability: 400_000}}},
		observe.Interaction{Interval: span, At: "x", Action: observe.ActionTouch},
		observe.Presence{Interval: span, Track: "c1-7", Zone: "zone.drinks", Phase: observe.PhasePresent},
		observe.Presence{Interval: span, Track: "c1-7", Zone: "zone.drinks", Phase: observe.PhasePresent, Confidence: 1},
		observe.Presence{Interval: span, Track: "c1-7", Zone: "zone.drinks", Phase: observe.PhaseEnded, Confidence: measure.Certain},
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

func add(e *Encoder, rows ...Row) {
	for _, row := range rows {
		r := RecordOf(row)
		e.Add(row.Handle, row.Epoch, &r)
	}
}

// encode makes the message of rows as an ordinary reader of protobuf sees it.
func encode(t testing.TB, rows []Row) *pb.Batch {
	t.Helper()
	var e Encoder
	e.Reset()
	add(&e, rows...)
	return parsed(t, &e)
}

func parsed(t testing.TB, e *Encoder) *pb.Batch {
	t.Helper()
	raw := e.Append(nil)
	if len(raw) != e.Size() {
		t.Fatalf("%d bytes, said to be %d", len(raw), e.Size())
	}
	m := &pb.ObserveResponse{}
	if err := proto.Unmarshal(raw, m); err != nil {
		t.Fatal(err)
	}
	return m.GetBatch()
}

// decode reads a message that an ordinary writer of protobuf made.
func decode(t testing.TB, b *pb.Batch) ([]Row, error) {
	t.Helper()
	raw, err := proto.Marshal(&pb.ObserveResponse{Message: &pb.ObserveResponse_Batch{Batch: b}})
	if err != nil {
		t.Fatal(err)
	}
	var d Decoder
	batch, _, err := d.Decode(raw)
	if err != nil {
		if batch != nil || d.batch.Len() != 0 {
			t.Errorf("%d rows of a malformed batch", d.batch.Len())
		}
		return nil, err
	}
	return batch.Reports(nil), nil
}

func byNumber(a, b Row) int {
	return cmps.Or(cmps.Compare(a.Handle, b.Handle), cmps.Compare(a.Epoch, b.Epoch), cmps.Compare(a.Seq, b.Seq))
}

func TestRoundTrip(t *testing.T) {
	want := oneOfEach()
	got, err := decode(t, encode(t, want))
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
	slices.SortStableFunc(got, byNumber)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows that travelled (-want +got):\n%s", d)
	}
}

func TestEncoderIsReusable(t *testing.T) {
	var e Encoder
	for range 3 {
		e.Reset()
		add(&e, oneOfEach()...)
		got, err := decode(t, parsed(t, &e))
		slices.SortStableFunc(got, byNumber)
		if err != nil || cmp.Diff(oneOfEach(), got) != "" {
			t.Fatalf("%v %s", err, cmp.Diff(oneOfEach(), got))
		}
		e.Reset()
		if b := parsed(t, &e); e.Rows() != 0 || b.Weights != nil || len(b.Sources) != 0 {
			t.Fatalf("after Reset: %v", b)
		}
		add(&e, oneOfEach()[3])
		if got, err := decode(t, parsed(t, &e)); err != nil || len(got) != 1 || got[0].Evidence != oneOfEach()[3].Evidence {
			t.Fatalf("one row after a full batch: %+v, %v", got, err)
		}
	}
}

// One decoder reads message after message; what was copied out stays.
func TestDecoderIsReusable(t *testing.T) {
	var e Encoder
	var d Decoder
	var scratch []byte
	var kept [][]Row
	for range 3 {
		e.Reset()
		add(&e, oneOfEach()...)
		scratch = e.Append(scratch[:0])
		b, _, err := d.Decode(scratch)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, b.Reports(nil))
		clear(scratch)
		if _, _, err := d.Decode([]byte{0x0a, 0x01}); err == nil {
			t.Error("a message that ends in its middle passes")
		}
	}
	for _, got := range kept {
		slices.SortStableFunc(got, byNumber)
		if d := cmp.Diff(oneOfEach(), got); d != "" {
			t.Errorf("rows that were kept (-want +got):\n%s", d)
		}
	}
}

// Times are cut to microseconds, the resolution of the wire.
func TestTimeResolution(t *testing.T) {
	at := time.Date(2026, 3, 4, 12, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
	got, err := decode(t, encode(t, []Row{{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Door{Interval: observe.At(at)}}}))
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
		"attributes of some":  func(b *pb.Batch) { b.Credentials.Attributes = b.Credentials.Attributes[1:] },
		"offset overflow":     func(b *pb.Batch) { b.Credentials.At.OffsetUs = []int64{1<<63 - 1, 0} },
		"candidates over":     func(b *pb.Batch) { b.Interactions.Candidates[0] = 1 << 30 },
		"candidates left":     func(b *pb.Batch) { b.Interactions.Candidates[0] = 1 },
		"candidates unequal":  func(b *pb.Batch) { b.Interactions.CandidatePpm = b.Interactions.CandidatePpm[1:] },
		"gap of none":         func(b *pb.Batch) { b.Gaps.Lost[0] = 0 },
		"gap before number 1": func(b *pb.Batch) { b.Gaps.Lost[0] = 21 },
		"too many sources":    func(b *pb.Batch) { b.Sources = slices.Repeat([]*pb.Source{{}}, MaxSources+1) },
		"too many texts":      func(b *pb.Batch) { b.Texts = make([]string, MaxTexts+1) },
		"too many entries":    func(b *pb.Batch) { b.Doors.Open = make([]bool, MaxBatch+1) },
		"too many candidates": func(b *pb.Batch) { b.Interactions.CandidatePpm = make([]uint32, MaxBatch*observe.MaxCandidates+1) },
		"too many codes":      func(b *pb.Batch) { b.Tags.Epc = make([][]byte, MaxBatch+1) },
	} {
		b := encode(t, oneOfEach())
		harm(b)
		if rows, err := decode(t, b); err == nil || len(rows) != 0 {
			t.Errorf("%s: %d rows, %v; want none and an error", name, len(rows), err)
		}
	}
}

// What no generated code writes, and a hostile hand does.
func TestMalformedBytes(t *testing.T) {
	good := func() []byte {
		var e Encoder
		e.Reset()
		add(&e, oneOfEach()...)
		return e.Append(nil)
	}()
	door := encode(t, []Row{{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Door{Interval: observe.At(noon)}}})
	inner, err := proto.Marshal(door)
	if err != nil {
		t.Fatal(err)
	}
	wrap := func(b []byte) []byte { return append(appendLength(nil, 1, len(b)), b...) }
	for name, raw := range map[string][]byte{
		"batch twice":       append(slices.Clone(good), good...),
		"table twice":       wrap(append(slices.Clone(inner), inner...)),
		"batch as a number": {0x08, 1},
		"base as bytes":     wrap([]byte{3<<3 | 2, 0}),
		"table as a number": wrap([]byte{10 << 3, 1}),
		"column cut off":    wrap([]byte{10<<3 | 2, 4, 2<<3 | 2, 2, 0x80, 0x80}),
		"field number 0":    {0x02, 0},
		"endless group":     slices.Repeat([]byte{15<<3 | 3}, 100_000),
		"text not UTF-8":    wrap([]byte{0x12, 0, 0x12, 1, 0xff}),
		"cut off":           good[:len(good)-1],
	} {
		var d Decoder
		if b, lost, err := d.Decode(raw); err == nil {
			t.Errorf("%s: %+v, %v", name, b, lost)
		}
	}
	var d Decoder
	if b, lost, err := d.Decode([]byte{9<<3 | 2, 1, 0}); b != nil || lost != nil || err != nil {
		t.Errorf("a message of a later contract: %v, %v, %v", b, lost, err)
	}
	// Repeated numbers need not be packed.
	unpacked := append(slices.Clone(inner[:0:0]), []byte{0x0a, 4, 8, 1, 16, 1, 0x12, 0, 24, 2, 10<<3 | 2, 12, 0x0a, 8, 8, 0, 16, 1, 24, 0, 32, 0, 16, 1}...)
	if b, _, err := d.Decode(wrap(unpacked)); err != nil || b.Len() != 1 || b.Report(0).Evidence.(observe.Door).Open != true {
		t.Errorf("columns that are not packed: %v", err)
	}
}

func TestBatchLimit(t *testing.T) {
	rows := func(n int) (rows []Row) {
		for i := range n {
			rows = append(rows, Row{Handle: 1, Epoch: 1, Seq: uint64(i + 1), Evidence: observe.Door{Interval: observe.At(noon)}})
		}
		return rows
	}
	if got, err := decode(t, encode(t, rows(MaxBatch))); err != nil || len(got) != MaxBatch {
		t.Errorf("a full batch: %d rows, %v", len(got), err)
	}
	if _, err := decode(t, encode(t, rows(MaxBatch+1))); err == nil {
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
		b := encode(t, []Row{
			{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Weight{Interval: observe.At(noon), Bay: 1}},
			{Handle: 1, Epoch: 1, Seq: 2, Evidence: observe.Weight{Interval: observe.At(noon), Bay: 2}},
		})
		harm(b)
		got, err := decode(t, b)
		if err != nil || len(got) != 2 || got[0].Gap == nil || got[0].Gap.Lost != 1 || got[0].Seq != 1 || got[1].Evidence == nil {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for _, text := range []string{"b=1\na=1", strings.Repeat("\n", 1<<10)} {
		b := encode(t, []Row{{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Credential{Interval: observe.At(noon), Token: "t", Method: observe.MethodCard,
			Attributes: []string{"a=1"}}}})
		b.Texts = append(b.Texts, text)
		b.Credentials.Attributes[0] = uint32(len(b.Texts) - 1)
		if got, err := decode(t, b); err != nil || got[0].Evidence != nil {
			t.Errorf("attributes %q were taken for %+v, %v", text, got, err)
		}
		b.Credentials.Attributes = nil // what an earlier contract sends
		if got, err := decode(t, b); err != nil || got[0].Evidence.(observe.Credential).Attributes != nil {
			t.Errorf("no attributes: %+v, %v", got, err)
		}
	}
	b := encode(t, []Row{{Handle: 1, Epoch: 1, Seq: 1, Evidence: observe.Passage{Interval: observe.At(noon), Direction: observe.DirectionIn}}})
	b.Passages.Direction[0] = 257 // would be In if it were cut to a byte
	if got, err := decode(t, b); err != nil || got[0].Evidence != nil {
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
	var e Encoder
	e.Reset()
	add(&e, oneOfEach()...)
	f.Add(e.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d Decoder
		b, _, err := d.Decode(raw)
		if err != nil || b == nil {
			return
		}
		if proto.Unmarshal(raw, &pb.ObserveResponse{}) != nil {
			t.Fatal("what protobuf refuses was taken")
		}
		rows := b.Reports(nil)
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
		}
		add(&e, rows...)
		again, _, err := new(Decoder).Decode(e.Append(nil))
		if err != nil || !slices.Equal(texts(again.Reports(nil)), texts(rows)) {
			t.Fatalf("%v: rows %v became %v", err, texts(rows), texts(again.Reports(nil)))
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

func benchRecords() (list []Record) {
	for _, r := range benchRows() {
		list = append(list, RecordOf(r))
	}
	return list
}

func BenchmarkEncode(b *testing.B) {
	rows := benchRecords()
	var e Encoder
	var raw []byte
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		for i := range rows {
			e.Add(uint32(i%8), 1<<50, &rows[i])
		}
		raw = e.Append(raw[:0])
	}
	perEvent(b, len(raw))
}

func BenchmarkDecode(b *testing.B) {
	rows := benchRecords()
	var e Encoder
	e.Reset()
	for i := range rows {
		e.Add(uint32(i%8), 1<<50, &rows[i])
	}
	raw := e.Append(nil)
	var d Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, len(raw))
}

func perEvent(b *testing.B, size int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/MaxBatch, "ns/event")
	b.ReportMetric(float64(size)/MaxBatch, "B/event")
}

// floodRecords are a full batch of one reader that sees many tags.
func floodRecords() (list []Record) {
	for i := range MaxBatch {
		at := observe.Between(noon.Add(time.Duration(i)*50*time.Microsecond), noon.Add(300*time.Millisecond+time.Duration(i)*50*time.Microsecond))
		list = append(list, RecordOf(Row{Seq: uint64(i + 500_000), Evidence: observe.Tag{Interval: at, EPC: fmt.Sprintf("3074257BF7194E40%08X", i),
			Antenna: 1 + i%4, Power: -5500, Reads: 3, Direction: observe.DirectionOut, Confidence: 900_000}}))
	}
	return list
}

func BenchmarkEncodeFlood(b *testing.B) {
	rows := floodRecords()
	var e Encoder
	var raw []byte
	b.ReportAllocs()
	for b.Loop() {
		e.Reset()
		e.AddRun(1, 1<<50, rows)
		raw = e.Append(raw[:0])
	}
	perEvent(b, len(raw))
}

func BenchmarkDecodeFlood(b *testing.B) {
	var e Encoder
	e.Reset()
	e.AddRun(1, 1<<50, floodRecords())
	raw := e.Append(nil)
	var d Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
	perEvent(b, len(raw))
}
