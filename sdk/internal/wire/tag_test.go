package wire

import (
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// A code of any length travels as the bytes that its digits mean.
func TestCodesOfAllLengths(t *testing.T) {
	digits := strings.Repeat("0123456789ABCDEFFEDCBA9876543210", 8)
	for from := range 32 {
		for n := 0; n <= 64 && from+n <= len(digits); n += 2 {
			s := digits[from : from+n]
			want, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			tb := &table{}
			new(Encoder).codes(tb, []Record{{s: [3]string{s}}})
			got, used := protowire.ConsumeBytes(tb.cols[2][1:])
			if used != len(tb.cols[2])-1 || !slices.Equal(got, want) {
				t.Fatalf("%s travels as %x", s, got)
			}
		}
	}
}

// A tag is sound in the decoder exactly where it passes Check.
func TestSoundTagIsCheck(t *testing.T) {
	most := []uint64{observe.MaxBay, 0, observe.MaxReads, uint64(observe.DirectionOut), uint64(measure.Certain)}
	try := func(size int, values [5]uint64) {
		var b Batch
		tb := &b.tables[observe.KindTag]
		tb.epcs = [][]byte{make([]byte, size)}
		for i, v := range values {
			tb.cols[3+i] = []uint64{v}
		}
		e := b.tag(0)
		e.EPC = strings.Repeat("00", size)
		if got, want := b.soundTag(0), e.CheckValues(); (got == nil) != (want == nil) {
			t.Errorf("%d bytes, %v: %v, Check says %v", size, values, got, want)
		}
	}
	good := [5]uint64{1, 0, 1, 0, 0}
	for _, size := range []int{0, 1, 12, observe.MaxText / 2, observe.MaxText/2 + 1, observe.MaxText} {
		try(size, good)
	}
	for i, limit := range most {
		for _, v := range []uint64{0, limit, limit + 1, math.MaxInt32, math.MaxUint32, math.MaxUint64} {
			values := good
			values[i] = v
			try(12, values)
		}
	}
}

// A phase is sound up to a whole turn, and the column is there for all rows or
// for none.
func TestSoundPhase(t *testing.T) {
	for _, c := range []struct {
		col         []uint64
		sound, fits bool
	}{{nil, true, true}, {[]uint64{0}, true, true}, {[]uint64{observe.PhaseTurn}, true, true}, {[]uint64{observe.PhaseTurn + 1}, false, true},
		{[]uint64{math.MaxUint64}, false, true}, {[]uint64{1, 1}, true, false}} {
		var d Decoder
		tb := &d.batch.tables[observe.KindTag]
		tb.epcs = [][]byte{make([]byte, 12)}
		for i := 3; i < phaseColumn; i++ {
			tb.cols[i] = []uint64{1}
		}
		tb.cols[phaseColumn] = c.col
		if err := d.check(kindTag, tb, 1); (err == nil) != c.fits {
			t.Errorf("%v: %v", c.col, err)
		}
		if !c.fits {
			continue
		}
		if err := d.batch.soundTag(0); (err == nil) != c.sound || tb.soundTags() != c.sound {
			t.Errorf("%v: %v and %v", c.col, err, tb.soundTags())
		}
		if v := d.batch.tag(0); len(c.col) > 0 && c.sound && uint64(v.Phase) != c.col[0] {
			t.Errorf("%v is read as %d", c.col, v.Phase)
		}
	}
}

// How sure a camera is of a track is sound up to certainty, and the column is there
// for all rows or for none.
func TestSoundSureness(t *testing.T) {
	for _, c := range []struct {
		col         []uint64
		sound, fits bool
	}{{nil, true, true}, {[]uint64{0}, true, true}, {[]uint64{uint64(measure.Certain)}, true, true},
		{[]uint64{uint64(measure.Certain) + 1}, false, true}, {[]uint64{math.MaxUint64}, false, true}, {[]uint64{1, 1}, true, false}} {
		d := Decoder{batch: Batch{texts: []string{"", "t1"}}}
		tb := &d.batch.tables[observe.KindPresence]
		for i := 2; i < sureColumn; i++ {
			tb.cols[i] = []uint64{1}
		}
		tb.cols[sureColumn] = c.col
		if err := d.check(int(observe.KindPresence), tb, 1); (err == nil) != c.fits {
			t.Errorf("%v: %v", c.col, err)
		}
		if !c.fits {
			continue
		}
		if err := d.batch.sound(observe.KindPresence, 0); (err == nil) != c.sound {
			t.Errorf("%v: %v", c.col, err)
		}
		if v := d.batch.presence(0); len(c.col) > 0 && c.sound && uint64(v.Confidence) != c.col[0] {
			t.Errorf("%v is read as %d", c.col, v.Confidence)
		}
	}
}

// A packed column is read as protobuf reads it, to its last byte.
func TestColumn(t *testing.T) {
	values := []uint64{0, 1, 127, 128, 300, 1<<14 - 1, 1 << 14, 1<<21 - 1, 1 << 21, 1 << 35, math.MaxUint64, 5, 200, 20_000}
	var b []byte
	ends := []int{0}
	for _, v := range values {
		b = protowire.AppendVarint(b, v)
		ends = append(ends, len(b))
	}
	for n := range len(b) + 1 {
		col := []uint64{7}
		err := column(&col, len(values)+1, protowire.BytesType, b[:n], 0)
		whole := slices.Index(ends, n)
		if (err == nil) != (whole >= 0) {
			t.Errorf("%d bytes: %v", n, err)
		} else if err == nil && !slices.Equal(col, append([]uint64{7}, values[:whole]...)) {
			t.Errorf("%d bytes: %v", n, col)
		}
	}
	for most := range len(values) + 1 {
		var col []uint64
		if err := column(&col, most, protowire.BytesType, b, 0); (err == nil) != (most == len(values)) {
			t.Errorf("%d values where %d may be: %v", len(values), most, err)
		}
	}
}
