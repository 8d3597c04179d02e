package wire

import (
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// An Encoder writes records into the bytes of one message of an evidence
// stream: an ObserveResponse with a batch. Each column is written as it grows,
// so a message is its columns set one behind another, and what it was built in
// is used again. The zero Encoder is ready after Reset.
type Encoder struct {
	rows    int
	size    int // about the bytes so far
	base    int64
	sources map[source]uint32
	listed  []source
	last    uint32 // index of the source added last
	texts   map[string]uint32
	listing []string
	tables  [kindGap + 1]table
	values  [MaxBatch]uint64 // of the column that is being written
}

type source struct {
	handle uint32
	epoch  uint64
}

// table holds one kind's columns.
type table struct {
	rows    int
	at      [6][]byte // stamps, by their field numbers
	offsets bool      // there is a column of offsets
	cols    [10][]byte
	// The column that rows of the kind need not have is there.
	optional bool
	recent   [10]struct { // the text added last to a column, for runs of the same
		text string
		at   uint32
	}
}

// MaxBatchBytes is about the size at which a batch is full: what a message may
// hold, less room for the greatest row.
const MaxBatchBytes = 48 << 10

// Rows is how many rows the batch holds.
func (e *Encoder) Rows() int { return e.rows }

// Full says that the batch takes no more rows.
func (e *Encoder) Full() bool { return e.rows >= MaxBatch || e.size >= MaxBatchBytes }

// Reset empties the batch.
func (e *Encoder) Reset() {
	if e.texts == nil {
		e.texts, e.sources = map[string]uint32{}, map[source]uint32{}
	}
	clear(e.texts)
	clear(e.sources)
	clear(e.listing)
	e.texts[""] = 0
	e.rows, e.size, e.base = 0, 0, 0
	e.listed, e.listing = e.listed[:0], append(e.listing[:0], "")
	for k := range e.tables {
		e.tables[k].reset()
	}
}

func (t *table) reset() {
	if t.rows == 0 {
		return
	}
	t.rows, t.offsets, t.optional = 0, false, false
	for i := range t.at {
		t.at[i] = t.at[i][:0]
	}
	for i := range t.cols {
		t.cols[i] = t.cols[i][:0]
		t.recent[i].text, t.recent[i].at = "", 0
	}
}

// Add adds one record of an opening.
func (e *Encoder) Add(handle uint32, epoch uint64, r *Record) {
	e.AddRun(handle, epoch, unsafe.Slice(r, 1))
}

// AddRun adds records of an opening that stand one behind another, each run of a
// kind a column at a time. There is room for them: see Full.
func (e *Encoder) AddRun(handle uint32, epoch uint64, rows []Record) {
	from := source{handle, epoch}
	for len(rows) > 0 {
		n := 1
		for n < min(runRows, len(rows)) && rows[n].kind == rows[0].kind {
			n++
		}
		e.run(from, rows[:n])
		rows = rows[n:]
	}
}

// runRows is how many rows are put into columns at once: as many as stay in a
// processor's first cache while column after column takes its part of them.
const runRows = 64

// RowBytes is about what a row takes beside its texts.
const RowBytes = 64

func (e *Encoder) run(from source, rows []Record) {
	if e.rows == 0 {
		e.base = rows[0].onset
	}
	t := &e.tables[rows[0].kind]
	e.stamp(t, e.source(from), rows)
	e.columns(t, rows)
	e.rows += len(rows)
	t.rows += len(rows)
	e.size += RowBytes * len(rows)
}

func (e *Encoder) stamp(t *table, from uint32, rows []Record) {
	values := e.values[:len(rows)]
	for i := range values {
		values[i] = uint64(from)
	}
	t.at[1] = numbers(t.at[1], values)
	for i := range values {
		values[i] = rows[i].Seq
	}
	t.at[2] = numbers(t.at[2], values)
	for i := range values {
		values[i] = protowire.EncodeZigZag(rows[i].onset - e.base)
	}
	t.at[3] = numbers(t.at[3], values)
	offsets := t.offsets
	for i := range values {
		values[i] = rows[i].span
		offsets = offsets || rows[i].offset != 0
	}
	t.at[4] = numbers(t.at[4], values)
	if !offsets { // the column stays empty as long as no row has an offset
		return
	}
	if !t.offsets {
		t.offsets = true
		t.at[5] = append(t.at[5], make([]byte, t.rows)...)
	}
	for i := range values {
		values[i] = protowire.EncodeZigZag(rows[i].offset)
	}
	t.at[5] = numbers(t.at[5], values)
}

func (e *Encoder) source(s source) uint32 {
	if n := len(e.listed); n > 0 && e.listed[e.last] == s {
		return e.last
	}
	i, ok := e.sources[s]
	if !ok {
		i = uint32(len(e.listed)) //nolint:gosec // at most MaxBatch
		e.listed = append(e.listed, s)
		e.sources[s] = i
	}
	e.last = i
	return i
}

// text gives the index of a text, for a column that had it most likely before.
func (e *Encoder) text(t *table, col int, s string) uint32 {
	recent := &t.recent[col]
	if recent.text == s {
		return recent.at
	}
	i, ok := e.texts[s]
	if !ok {
		i = uint32(len(e.listing)) //nolint:gosec // a few for each row
		e.listing = append(e.listing, s)
		e.texts[s] = i
		e.size += len(s) + 2
	}
	recent.text, recent.at = s, i
	return i
}

// Size is the length of the message.
func (e *Encoder) Size() int { return sizeOfField(1, e.batchSize()) }

func (e *Encoder) batchSize() (size int) {
	for _, s := range e.listed {
		size += sizeOfField(1, s.size())
	}
	for _, s := range e.listing {
		size += sizeOfField(2, len(s))
	}
	size += protowire.SizeTag(3) + protowire.SizeVarint(protowire.EncodeZigZag(e.base))
	for k := range e.tables {
		if e.tables[k].rows > 0 {
			size += sizeOfField(fieldOf(k), e.tables[k].size(k))
		}
	}
	return size
}

// Append appends the message to b.
func (e *Encoder) Append(b []byte) []byte {
	b = appendLength(b, 1, e.batchSize())
	for _, s := range e.listed {
		b = appendLength(b, 1, s.size())
		b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), uint64(s.handle))
		b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), s.epoch)
	}
	for _, s := range e.listing {
		b = append(appendLength(b, 2, len(s)), s...)
	}
	b = protowire.AppendVarint(protowire.AppendTag(b, 3, protowire.VarintType), protowire.EncodeZigZag(e.base))
	for k := range e.tables {
		if t := &e.tables[k]; t.rows > 0 {
			b = t.append(appendLength(b, fieldOf(k), t.size(k)), k)
		}
	}
	return b
}

func fieldOf(kind int) protowire.Number { return protowire.Number(kind) + 3 }

func (s source) size() int {
	return protowire.SizeTag(1) + protowire.SizeVarint(uint64(s.handle)) + protowire.SizeTag(2) + protowire.SizeVarint(s.epoch)
}

func sizeOfField(n protowire.Number, length int) int {
	return protowire.SizeTag(n) + protowire.SizeBytes(length)
}

func appendLength(b []byte, n protowire.Number, length int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.BytesType), uint64(length)) //nolint:gosec // not negative
}

func (t *table) stampSize() (size int) {
	for f := 1; f < len(t.at); f++ {
		if len(t.at[f]) > 0 {
			size += sizeOfField(protowire.Number(f), len(t.at[f]))
		}
	}
	return size
}

func (t *table) size(kind int) int {
	size := sizeOfField(1, t.stampSize())
	for f := range t.cols {
		if len(t.cols[f]) == 0 {
			continue
		}
		if isBytes(kind, f) {
			size += len(t.cols[f])
		} else {
			size += sizeOfField(protowire.Number(f), len(t.cols[f]))
		}
	}
	return size
}

func (t *table) append(b []byte, kind int) []byte {
	b = appendLength(b, 1, t.stampSize())
	for f := 1; f < len(t.at); f++ {
		if len(t.at[f]) > 0 {
			b = append(appendLength(b, protowire.Number(f), len(t.at[f])), t.at[f]...)
		}
	}
	for f := range t.cols {
		switch {
		case len(t.cols[f]) == 0:
		case isBytes(kind, f):
			b = append(b, t.cols[f]...)
		default:
			b = append(appendLength(b, protowire.Number(f), len(t.cols[f])), t.cols[f]...)
		}
	}
	return b
}

// isBytes says that a column is no packed one: its entries have tags of their
// own.
func isBytes(kind, field int) bool { return kind == kindTag && field == 2 }
