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

	credentials  []observe.Credential
	passages     []observe.Passage
	weights      []observe.Weight
	tags         []observe.Tag
	interactions []observe.Interaction
	presences    []observe.Presence
	doors        []observe.Door
	scans        []observe.Scan
	gaps         []Gap

	kept map[string]string // texts that were copied out, to be used again
}

// entry is one row: a line of the table of its kind.
type entry struct {
	seq    uint64
	offset int64 // microseconds
	source uint16
	index  uint16
	kind   uint8
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
func (b *Batch) Span(i int) observe.Interval { return b.span(&b.entries[i]) }

func (b *Batch) span(e *entry) observe.Interval {
	switch e.kind {
	case uint8(observe.KindCredential):
		return b.credentials[e.index].Interval
	case uint8(observe.KindPassage):
		return b.passages[e.index].Interval
	case uint8(observe.KindWeight):
		return b.weights[e.index].Interval
	case uint8(observe.KindTag):
		return b.tags[e.index].Interval
	case uint8(observe.KindInteraction):
		return b.interactions[e.index].Interval
	case uint8(observe.KindPresence):
		return b.presences[e.index].Interval
	case uint8(observe.KindDoor):
		return b.doors[e.index].Interval
	case uint8(observe.KindScan):
		return b.scans[e.index].Interval
	}
	return b.gaps[e.index].Interval
}

// Report copies row i out: the copy may be kept.
func (b *Batch) Report(i int) Row {
	e := &b.entries[i]
	from := b.sources[e.source]
	r := Row{Handle: from.handle, Epoch: from.epoch, Seq: e.seq, Offset: time.Duration(e.offset) * time.Microsecond}
	if e.kind == kindGap {
		g := b.gaps[e.index]
		g.Cause = strings.Clone(g.Cause)
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
	switch e.kind {
	case uint8(observe.KindCredential):
		v := b.credentials[e.index]
		v.Token = strings.Clone(v.Token)
		return v
	case uint8(observe.KindPassage):
		v := b.passages[e.index]
		v.Lane, v.Admission = b.keep(v.Lane), b.keep(v.Admission)
		return v
	case uint8(observe.KindWeight):
		return b.weights[e.index]
	case uint8(observe.KindTag):
		v := b.tags[e.index]
		v.EPC = b.keep(v.EPC)
		return v
	case uint8(observe.KindInteraction):
		v := b.interactions[e.index]
		v.Track, v.At = observe.Track(b.keep(string(v.Track))), b.keep(v.At)
		if len(v.Candidates) > 0 {
			list := make([]observe.Candidate, len(v.Candidates))
			for i, c := range v.Candidates {
				list[i] = observe.Candidate{GTIN: gs1.GTIN(b.keep(string(c.GTIN))), Probability: c.Probability}
			}
			v.Candidates = list
		}
		return v
	case uint8(observe.KindPresence):
		v := b.presences[e.index]
		v.Track, v.Zone = observe.Track(b.keep(string(v.Track))), b.keep(v.Zone)
		return v
	case uint8(observe.KindDoor):
		return b.doors[e.index]
	case uint8(observe.KindScan):
		v := b.scans[e.index]
		v.GTIN, v.Serial, v.Track = gs1.GTIN(b.keep(string(v.GTIN))), b.keep(v.Serial), observe.Track(b.keep(string(v.Track)))
		return v
	}
	return nil
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
	b.entries, b.sources = b.entries[:0], b.sources[:0]
	b.credentials, b.passages, b.weights, b.tags = b.credentials[:0], b.passages[:0], b.weights[:0], b.tags[:0]
	b.interactions, b.presences, b.doors, b.scans, b.gaps = b.interactions[:0], b.presences[:0], b.doors[:0], b.scans[:0], b.gaps[:0]
}

// addGap adds a gap and gives its place.
func (b *Batch) addGap(g Gap) uint16 {
	b.gaps = append(b.gaps, g)
	return uint16(len(b.gaps) - 1) //nolint:gosec // at most two a row
}
