package wire

import (
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

// A Batch is what one message told, decoded and checked. It belongs to a
// Decoder and is valid until the next message: what is to be kept is copied
// out with Report or Reports.
type Batch struct {
	entries []entry
	sources []source
	texts   []string // views of the message
	tables  [kindGap + 1]columns
	gaps    []Gap

	hex  []byte            // of the code that is copied out
	kept map[string]string // texts that were copied out, to be used again
}

// columns are those of one kind, by their field numbers.
type columns struct {
	at     [6][]uint64
	cols   [10][]uint64
	epcs   [][]byte // views of the message
	starts []int    // where each row's candidates begin
}

func (t *columns) reset() {
	for i := range t.at {
		t.at[i] = t.at[i][:0]
	}
	for i := range t.cols {
		t.cols[i] = t.cols[i][:0]
	}
	clear(t.epcs)
	t.epcs, t.starts = t.epcs[:0], t.starts[:0]
}

// entry is one row: a line of the table of its kind, or a gap.
type entry struct {
	seq    uint64
	onset  int64 // Unix microseconds
	span   int64 // microseconds
	offset int64 // microseconds
	source uint16
	index  uint16
	kind   uint8
}

func (e *entry) interval() observe.Interval {
	return observe.Interval{Onset: time.UnixMicro(e.onset).UTC(), Settled: time.UnixMicro(e.onset + e.span).UTC()}
}

// Head is what a row is about, without its evidence.
type Head struct {
	// Handle and Epoch name the opening of the device.
	Handle uint32
	Epoch  uint64
	// Seq is the row's number, a gap's that of the last report lost.
	Seq uint64
	// Kind is the evidence's; KindUnknown for a gap.
	Kind observe.Kind
	// Lost is how many reports a gap stands for; 0 for evidence.
	Lost uint64
}

// Len is the number of rows. Those of one device are in its own order.
func (b *Batch) Len() int { return len(b.entries) }

// Head is what row i is about. It allocates nothing.
func (b *Batch) Head(i int) Head {
	e := &b.entries[i]
	from := b.sources[e.source]
	h := Head{Handle: from.handle, Epoch: from.epoch, Seq: e.seq}
	if e.kind == kindGap {
		h.Lost = b.gaps[e.index].Lost
	} else {
		h.Kind = observe.Kind(e.kind)
	}
	return h
}

// Span is the interval of row i on the device's clock.
func (b *Batch) Span(i int) observe.Interval { return b.entries[i].interval() }

// Report copies row i out: the copy may be kept.
func (b *Batch) Report(i int) Row {
	e := &b.entries[i]
	from := b.sources[e.source]
	r := Row{Handle: from.handle, Epoch: from.epoch, Seq: e.seq, Offset: time.Duration(e.offset) * time.Microsecond}
	if e.kind == kindGap {
		g := b.gaps[e.index]
		g.Interval, g.Cause = e.interval(), strings.Clone(g.Cause)
		r.Gap = &g
		return r
	}
	r.Evidence = b.evidence(e)
	return r
}

// Reports appends copies of all rows to out.
func (b *Batch) Reports(out []Row) []Row {
	for i := range b.entries {
		out = append(out, b.Report(i))
	}
	return out
}

func (b *Batch) evidence(e *entry) observe.Evidence {
	i := int(e.index)
	switch observe.Kind(e.kind) {
	case observe.KindCredential:
		v := b.credential(i)
		v.Interval, v.Token = e.interval(), strings.Clone(v.Token)
		for i, a := range v.Attributes {
			v.Attributes[i] = strings.Clone(a)
		}
		return v
	case observe.KindPassage:
		v := b.passage(i)
		v.Interval, v.Lane, v.Admission = e.interval(), b.keep(v.Lane), b.keep(v.Admission)
		return v
	case observe.KindWeight:
		v := b.weight(i)
		v.Interval = e.interval()
		return v
	case observe.KindTag:
		v := b.tag(i)
		v.Interval, v.EPC = e.interval(), b.code(i)
		return v
	case observe.KindInteraction:
		v := b.interaction(i, nil)
		v.Interval, v.Track, v.At = e.interval(), observe.Track(b.keep(string(v.Track))), b.keep(v.At)
		for k := range v.Candidates {
			v.Candidates[k].GTIN = gs1.GTIN(b.keep(string(v.Candidates[k].GTIN)))
		}
		return v
	case observe.KindPresence:
		v := b.presence(i)
		v.Interval, v.Track, v.Zone = e.interval(), observe.Track(b.keep(string(v.Track))), b.keep(v.Zone)
		return v
	case observe.KindDoor:
		v := b.door(i)
		v.Interval = e.interval()
		return v
	case observe.KindScan:
		v := b.scan(i)
		v.Interval = e.interval()
		v.GTIN, v.Serial, v.Track = gs1.GTIN(b.keep(string(v.GTIN))), b.keep(v.Serial), observe.Track(b.keep(string(v.Track)))
		return v
	case observe.KindUnknown:
	}
	return nil
}

// code is the EPC of tag i in upper-case hexadecimal.
func (b *Batch) code(i int) string {
	const digits = "0123456789ABCDEF"
	b.hex = b.hex[:0]
	for _, c := range b.tables[observe.KindTag].epcs[i] {
		b.hex = append(b.hex, digits[c>>4], digits[c&15])
	}
	return b.keep(view(b.hex))
}

// text is a text of the message; its number has been checked.
func (b *Batch) text(i uint64) string {
	if i == 0 {
		return ""
	}
	return b.texts[i]
}

// maxKept bounds the texts that are kept for use again; each has at most
// observe.MaxText bytes.
const maxKept = 4096

// keep gives a text of its own for a view, and the same for the same again:
// tracks, places and codes come over and over.
func (b *Batch) keep(view string) string {
	if view == "" {
		return ""
	}
	if s, ok := b.kept[view]; ok {
		return s
	}
	if b.kept == nil {
		b.kept = map[string]string{}
	}
	if len(b.kept) >= maxKept {
		clear(b.kept)
	}
	s := strings.Clone(view)
	b.kept[s] = s
	return s
}

func (b *Batch) reset() {
	clear(b.texts)
	b.entries, b.sources, b.texts, b.gaps = b.entries[:0], b.sources[:0], b.texts[:0], b.gaps[:0]
}

// addGap adds a gap and gives its place.
func (b *Batch) addGap(g Gap) uint16 {
	b.gaps = append(b.gaps, g)
	return uint16(len(b.gaps) - 1) //nolint:gosec // at most two a row
}
