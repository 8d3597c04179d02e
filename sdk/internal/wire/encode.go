package wire

import (
	"encoding/hex"
	"time"

	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/observe"
)

// An Encoder writes rows into a batch whose columns it reuses. The batch is
// valid until the next Reset. The zero Encoder is ready after Reset.
type Encoder struct {
	batch   pb.Batch
	rows    int
	texts   map[string]uint32
	sources map[source]uint32
	pool    []*pb.Source
	epc     []byte

	credentials  pb.Credentials
	passages     pb.Passages
	weights      pb.Weights
	tags         pb.Tags
	interactions pb.Interactions
	presences    pb.Presences
	doors        pb.Doors
	scans        pb.Scans
	gaps         pb.Gaps
}

type source struct {
	handle uint32
	epoch  uint64
}

// Rows is how many rows the batch holds.
func (e *Encoder) Rows() int { return e.rows }

// Batch is what has been added since Reset.
func (e *Encoder) Batch() *pb.Batch { return &e.batch }

// Reset empties the batch.
func (e *Encoder) Reset() {
	if e.texts == nil {
		e.texts, e.sources = map[string]uint32{}, map[source]uint32{}
		e.credentials.At, e.passages.At, e.weights.At = &pb.Stamps{}, &pb.Stamps{}, &pb.Stamps{}
		e.tags.At, e.interactions.At, e.presences.At = &pb.Stamps{}, &pb.Stamps{}, &pb.Stamps{}
		e.doors.At, e.scans.At, e.gaps.At = &pb.Stamps{}, &pb.Stamps{}, &pb.Stamps{}
	}
	clear(e.texts)
	clear(e.sources)
	b := &e.batch
	e.rows, e.epc = 0, e.epc[:0]
	b.Sources, b.Texts, b.BaseUs = b.Sources[:0], append(b.Texts[:0], ""), 0
	e.texts[""] = 0
	b.Credentials, b.Passages, b.Weights, b.Tags, b.Interactions = nil, nil, nil, nil, nil
	b.Presences, b.Doors, b.Scans, b.Gaps = nil, nil, nil, nil
}

// Add adds one row, which must have passed Check.
func (e *Encoder) Add(r Row) {
	span := observe.Interval{}
	if r.Gap != nil {
		span = r.Gap.Interval
	} else {
		span = r.Evidence.Span()
	}
	if e.rows == 0 {
		e.batch.BaseUs = span.Onset.UnixMicro()
	}
	e.rows++
	if r.Gap != nil {
		e.gap(r, span)
		return
	}
	switch v := r.Evidence.(type) {
	case observe.Credential:
		e.credential(r, v)
	case observe.Passage:
		e.passage(r, v)
	case observe.Weight:
		e.weight(r, v)
	case observe.Tag:
		e.tag(r, v)
	case observe.Interaction:
		e.interaction(r, v)
	case observe.Presence:
		e.presence(r, v)
	case observe.Door:
		e.door(r, v)
	case observe.Scan:
		e.scan(r, v)
	}
}

// stamp adds a row's common columns.
func (e *Encoder) stamp(at *pb.Stamps, r Row, span observe.Interval) {
	onset := span.Onset.UnixMicro()
	at.Source = append(at.Source, e.source(r))
	at.Seq = append(at.Seq, r.Seq)
	at.OnsetUs = append(at.OnsetUs, onset-e.batch.BaseUs)
	at.SpanUs = append(at.SpanUs, uint64(max(0, span.Settled.UnixMicro()-onset))) //nolint:gosec // not negative
	offset := int64(r.Offset / time.Microsecond)
	if offset == 0 && len(at.OffsetUs) == 0 {
		return // the column stays empty as long as no row has an offset
	}
	for len(at.OffsetUs) < len(at.Seq)-1 {
		at.OffsetUs = append(at.OffsetUs, 0)
	}
	at.OffsetUs = append(at.OffsetUs, offset)
}

func (e *Encoder) source(r Row) uint32 {
	key := source{r.Handle, r.Epoch}
	if i, ok := e.sources[key]; ok {
		return i
	}
	n := len(e.batch.Sources)
	if n == len(e.pool) {
		e.pool = append(e.pool, &pb.Source{})
	}
	e.pool[n].Handle, e.pool[n].Epoch = r.Handle, r.Epoch
	e.batch.Sources = append(e.batch.Sources, e.pool[n])
	e.sources[key] = uint32(n) //nolint:gosec // at most MaxBatch
	return uint32(n)           //nolint:gosec // at most MaxBatch
}

func (e *Encoder) text(s string) uint32 {
	if i, ok := e.texts[s]; ok {
		return i
	}
	i := uint32(len(e.batch.Texts)) //nolint:gosec // a few for each row
	e.batch.Texts = append(e.batch.Texts, s)
	e.texts[s] = i
	return i
}

func empty(at *pb.Stamps) {
	at.Source, at.Seq, at.OnsetUs = at.Source[:0], at.Seq[:0], at.OnsetUs[:0]
	at.SpanUs, at.OffsetUs = at.SpanUs[:0], at.OffsetUs[:0]
}

// hexBytes decodes an EPC into a shared buffer.
func (e *Encoder) hexBytes(s string) []byte {
	from := len(e.epc)
	e.epc, _ = hex.AppendDecode(e.epc, []byte(s)) // Check has seen that it is hexadecimal
	return e.epc[from:len(e.epc):len(e.epc)]
}
