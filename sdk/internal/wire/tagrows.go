package wire

import (
	"encoding/binary"
	"math"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// TagRows are tags of one opening in a row, each put into columns as it comes:
// readers see tags by the thousand, and a record of each would be written, read
// and cleared again. The zero TagRows are none.
type TagRows struct {
	n        int
	offsets  bool // some row has an offset
	phases   bool // some row has a phase
	onset    [MaxBatch]int64
	span     [MaxBatch]uint64
	offset   [MaxBatch]int64
	phase    [MaxBatch]uint32
	cols     [tagColumns][MaxBatch]uint32 // from field 3 on, as they travel
	codes    []byte                       // the entries of field 2
	from, to int64                        // of all, in Unix microseconds
}

// tagColumns are the columns of numbers that tags have.
const tagColumns = 5

// codeRoom is the most an entry of a code takes.
const codeRoom = observe.MaxText/2 + 3

// Len is how many there are.
func (t *TagRows) Len() int { return t.n }

// Full says that there is no room for more.
func (t *TagRows) Full() bool {
	return t.n == MaxBatch || t.n*RowBytes+len(t.codes) > MaxBatchBytes-codeRoom
}

// Reset empties them.
func (t *TagRows) Reset() { t.n, t.offsets, t.phases, t.codes = 0, false, false, t.codes[:0] }

// Span is from the first onset to the last settling, and Last what the newest
// says, in Unix microseconds.
func (t *TagRows) Span() (onset, settled int64) { return t.from, t.to }

// Last is the interval of the newest in Unix microseconds.
func (t *TagRows) Last() (onset, settled int64) {
	onset = t.onset[t.n-1]
	return onset, onset + int64(t.span[t.n-1]) //nolint:gosec // bounded by Add
}

// Add adds a tag. It is false, and adds nothing, for one that CheckTag would
// refuse. There is room for it: see Full.
func (t *TagRows) Add(e *observe.Tag, offset time.Duration) bool {
	onset, settled := e.Onset.UnixMicro(), e.Settled.UnixMicro()
	if onset < earliest || settled > latest || settled < onset || settled == onset && !e.Interval.Valid() || // in one microsecond Valid sees more
		uint64(e.Antenna) > observe.MaxBay || uint64(e.Phase) > observe.PhaseTurn || uint64(e.Reads) > observe.MaxReads || e.Direction > observe.DirectionOut || //nolint:gosec // what is negative is too great
		uint32(e.Confidence) > uint32(measure.Certain) || !t.code(e.EPC) { //nolint:gosec // likewise
		return false
	}
	i := t.n & (MaxBatch - 1)
	if i == 0 {
		t.from, t.to = onset, settled
	}
	t.from, t.to = min(t.from, onset), max(t.to, settled)
	t.onset[i], t.span[i] = onset, uint64(settled-onset) //nolint:gosec // not negative
	if offset != 0 || t.offsets {
		t.shift(i, offset)
	}
	if e.Phase != 0 || t.phases {
		t.turn(i, e.Phase)
	}
	t.cols[0][i], t.cols[1][i] = uint32(e.Antenna), uint32(protowire.EncodeZigZag(int64(int32(e.Power)))) //nolint:gosec // bounded just above, and 32 bits
	t.cols[2][i], t.cols[3][i], t.cols[4][i] = uint32(e.Reads), uint32(e.Direction), uint32(e.Confidence) //nolint:gosec // bounded just above
	t.n++
	return true
}

// shift notes the offset of row i.
func (t *TagRows) shift(i int, offset time.Duration) {
	if !t.offsets {
		t.offsets = true
		clear(t.offset[:i])
	}
	t.offset[i] = int64(offset / time.Microsecond)
}

// turn notes the phase of row i.
func (t *TagRows) turn(i, phase int) {
	if !t.phases {
		t.phases = true
		clear(t.phase[:i])
	}
	t.phase[i] = uint32(phase) //nolint:gosec // bounded by Add
}

// code appends a code as an entry of its column. It is false for what is not
// upper-case hexadecimal.
func (t *TagRows) code(s string) bool {
	n := len(s) / 2
	if len(s)&1 != 0 || n == 0 || len(s) > observe.MaxText {
		return false
	}
	at := len(t.codes)
	if cap(t.codes)-at < codeRoom {
		t.codes = append(make([]byte, 0, 2*cap(t.codes)+16*codeRoom), t.codes...)
	}
	b := t.codes[at : at+codeRoom]
	b[0], b[1] = epcTag, byte(n)
	used := 2
	if n >= 0x80 {
		used = 1 + binary.PutUvarint(b[1:], uint64(n)) //nolint:gosec // not negative
	}
	to := b[used : used+n]
	var bad uint64
	for ; len(s) >= 8 && len(to) >= 4; s, to = s[8:], to[4:] {
		v := values(eightBytes(s))
		bad |= v&^(0x0f*each) | (characters(v) ^ eightBytes(s))
		binary.LittleEndian.PutUint32(to, pairs(v))
	}
	for i := range to {
		high, low := digits[s[2*i]], digits[s[2*i+1]]
		bad |= uint64((high | low) &^ 15)
		to[i] = high<<4 | low
	}
	if bad != 0 {
		return false
	}
	t.codes = t.codes[:at+used+n]
	return true
}

// The functions below work on eight hexadecimal digits at once, the first in the
// lowest byte. What is no digit shows as values above 15, or as characters that
// are others when they are made again.

// each has one in each byte.
const each = 0x0101010101010101

// eightBytes are those that s begins with.
func eightBytes(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// values are the digits' values: a letter has bit 6, and is worth 9 more than its
// low nibble.
func values(x uint64) uint64 { return x&(0x0f*each) + 9*(x>>6&each) }

// characters are the digits of values.
func characters(v uint64) uint64 { return v + '0'*each + ('A'-'9'-1)*((v+6*each)>>4&each) }

// pairs are the four bytes of eight values.
func pairs(v uint64) uint32 {
	v = (v<<4 | v>>8) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16) //nolint:gosec // the upper half is of no use
}

// digits are the values of hexadecimal digits, and 255 for all else.
var digits = func() (v [256]byte) {
	for i := range v {
		v[i] = math.MaxUint8
	}
	for i, c := range []byte("0123456789ABCDEF") {
		v[c] = byte(i) //nolint:gosec // at most 15
	}
	return v
}()

// AddTags adds tags of one opening, numbered from first on, to an empty batch.
func (e *Encoder) AddTags(handle uint32, epoch, first uint64, rows *TagRows) {
	n := rows.n
	e.base = rows.onset[0]
	t := &e.tables[observe.KindTag]
	t.at[1] = same(t.at[1], uint64(e.source(source{handle, epoch})), n)
	t.at[2] = following(t.at[2], first, n)
	onsets := rows.onset[:n]
	values := e.values[:n]
	for i := range values {
		values[i] = protowire.EncodeZigZag(onsets[i] - e.base)
	}
	t.at[3] = numbers(t.at[3], values)
	t.at[4] = numbers(t.at[4], rows.span[:n])
	if rows.offsets {
		t.offsets = true
		for i := range values {
			values[i] = protowire.EncodeZigZag(rows.offset[i])
		}
		t.at[5] = numbers(t.at[5], values)
	}
	t.cols[2] = append(t.cols[2], rows.codes...)
	for i := range rows.cols {
		t.cols[3+i] = numbers(t.cols[3+i], rows.cols[i][:n])
	}
	if rows.phases {
		t.optional = true
		t.cols[phaseColumn] = numbers(t.cols[phaseColumn], rows.phase[:n])
	}
	e.rows, t.rows = n, n
	e.size += RowBytes*n + len(rows.codes)
}
