package wire

import (
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// kindGap is the number of gaps among the kinds. A kind's columns are field
// kind+3 of a batch.
const kindGap = uint8(observe.KindScan) + 1

// Record is one report, or gap, in the form that a plugin keeps until it is
// acknowledged: a plain value of fixed size, so that keeping and encoding it
// allocate nothing. Its evidence must have passed Check, which has bounded what
// is narrowed here.
type Record struct {
	Seq    uint64
	onset  int64  // Unix microseconds
	span   uint64 // microseconds
	offset int64  // microseconds
	mass   int64
	s      [3]string
	n      [5]int32
	kind   uint8
	// candidates of an Interaction: they belong to the record.
	candidates *[]observe.Candidate
	// Gap is nil for evidence.
	Gap *Gap

	// What follows is not sent: it is the spool's.

	// Before and After are the sums of the bays' levels around the row.
	Before, After measure.Mass
	// Size is what the row takes of a spool.
	Size int
}

// list gives the candidates.
func (r *Record) list() []observe.Candidate {
	if r.candidates == nil {
		return nil
	}
	return *r.candidates
}

// Kind is the kind of the evidence, and KindUnknown for a gap.
func (r *Record) Kind() observe.Kind {
	if r.kind == kindGap {
		return observe.KindUnknown
	}
	return observe.Kind(r.kind)
}

// Texts is the length of the record's texts in bytes.
func (r *Record) Texts() int {
	n := len(r.s[0]) + len(r.s[1]) + len(r.s[2])
	for _, c := range r.list() {
		n += len(c.GTIN) + candidateSize
	}
	return n
}

// candidateSize is what a candidate takes beside its text.
const candidateSize = 24

// Span is the interval that the record speaks of.
func (r *Record) Span() observe.Interval {
	return observe.Interval{Onset: time.UnixMicro(r.onset).UTC(), Settled: time.UnixMicro(r.onset + int64(r.span)).UTC()} //nolint:gosec // bounded by Check
}

// Stamps are the ends of that interval in Unix microseconds.
func (r *Record) Stamps() (onset, settled int64) { return r.onset, r.onset + int64(r.span) } //nolint:gosec // bounded by Check

// Between is the interval of two instants in Unix microseconds.
func Between(onset, settled int64) observe.Interval {
	return observe.Interval{Onset: time.UnixMicro(onset).UTC(), Settled: time.UnixMicro(settled).UTC()}
}

func (r *Record) begin(kind observe.Kind, i observe.Interval, offset time.Duration) {
	r.kind = uint8(kind)
	r.stamp(i, offset)
}

func (r *Record) stamp(i observe.Interval, offset time.Duration) {
	r.onset = i.Onset.UnixMicro()
	r.span = uint64(max(0, i.Settled.UnixMicro()-r.onset)) //nolint:gosec // not negative
	r.offset = int64(offset / time.Microsecond)
}

// Credential makes an empty record that of e, as the methods below do.
func (r *Record) Credential(e *observe.Credential, offset time.Duration) {
	r.begin(observe.KindCredential, e.Interval, offset)
	r.s[0], r.s[1] = e.Token, strings.Join(e.Attributes, attributeEnd)
	r.n[0], r.n[1], r.n[2] = int32(e.Method), int32(e.Quality), int32(e.Bodies)
}

// Passage makes the record of a Passage.
func (r *Record) Passage(e *observe.Passage, offset time.Duration) {
	r.begin(observe.KindPassage, e.Interval, offset)
	r.s[0], r.s[1] = e.Lane, e.Admission
	r.n[0] = int32(e.Direction)
}

// Weight makes the record of a Weight.
func (r *Record) Weight(e *observe.Weight, offset time.Duration) {
	r.begin(observe.KindWeight, e.Interval, offset)
	r.mass = int64(e.Mass)
	r.n[0], r.n[1] = int32(e.Bay), int32(e.Deviation)
}

// Tag makes the record of a Tag.
func (r *Record) Tag(e *observe.Tag, offset time.Duration) {
	r.begin(observe.KindTag, e.Interval, offset)
	r.s[0] = e.EPC
	r.mass = int64(e.Phase) // of a tag, which has no mass
	r.n = [5]int32{int32(e.Antenna), int32(e.Power), int32(e.Reads), int32(e.Direction), int32(e.Confidence)}
}

// Interaction makes the record of an Interaction. The record has the candidates
// from now on.
func (r *Record) Interaction(e *observe.Interaction, offset time.Duration) {
	r.begin(observe.KindInteraction, e.Interval, offset)
	r.s[0], r.s[1] = string(e.Track), e.At
	r.n[0], r.n[1], r.n[2] = int32(e.Action), int32(e.Confidence), int32(e.Quantity)
	if len(e.Candidates) > 0 {
		list := e.Candidates
		r.candidates = &list
	}
}

// Presence makes the record of a Presence.
func (r *Record) Presence(e *observe.Presence, offset time.Duration) {
	r.begin(observe.KindPresence, e.Interval, offset)
	r.s[0], r.s[1] = string(e.Track), e.Zone
	r.n[0], r.n[1] = int32(e.Phase), int32(e.Confidence)
}

// Door makes the record of a Door.
func (r *Record) Door(e *observe.Door, offset time.Duration) {
	r.begin(observe.KindDoor, e.Interval, offset)
	if e.Open {
		r.n[0] = 1
	}
}

// Scan makes the record of a Scan.
func (r *Record) Scan(e *observe.Scan, offset time.Duration) {
	r.begin(observe.KindScan, e.Interval, offset)
	r.s[0], r.s[1], r.s[2] = string(e.GTIN), e.Serial, string(e.Track)
}

// Lose makes an empty record that of a gap.
func (r *Record) Lose(g *Gap, offset time.Duration) {
	r.kind, r.Gap = kindGap, g
	r.stamp(g.Interval, offset)
}

// RecordOf makes the record of a row.
func RecordOf(row Row) (r Record) {
	r.Seq = row.Seq
	switch e := row.Evidence.(type) {
	case observe.Credential:
		r.Credential(&e, row.Offset)
	case observe.Passage:
		r.Passage(&e, row.Offset)
	case observe.Weight:
		r.Weight(&e, row.Offset)
	case observe.Tag:
		r.Tag(&e, row.Offset)
	case observe.Interaction:
		r.Interaction(&e, row.Offset)
	case observe.Presence:
		r.Presence(&e, row.Offset)
	case observe.Door:
		r.Door(&e, row.Offset)
	case observe.Scan:
		r.Scan(&e, row.Offset)
	case nil:
		r.Lose(row.Gap, row.Offset)
	}
	return r
}
