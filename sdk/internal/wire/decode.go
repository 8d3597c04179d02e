package wire

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/observe"
)

// MaxTexts is the most texts of one batch: those of the greatest row, for all
// rows.
const MaxTexts = MaxBatch * (2 + observe.MaxCandidates)

// A Decoder reads the messages of an evidence stream. What it gives is valid
// until the next. It allocates nothing for a message like those before, and
// what it keeps is bounded by the limits of a batch. The zero Decoder is ready.
type Decoder struct {
	batch Batch
	base  int64
	last  [MaxSources]uint64 // number of the last row of each source
	torn  bool               // some source's rows are out of order

	progress [MaxSources]*Progress
	admitted []entry // the list that Admit writes next
}

// Decode reads one message, which must stay as it is until the next call. It
// gives the batch it holds, or the loss, or neither: a message of a later
// contract. A batch whose shape is wrong is refused whole, with an error. A row
// of good shape whose evidence fails Check becomes a gap of one that says so:
// its number is taken, and what it meant is not known.
func (d *Decoder) Decode(message []byte) (*Batch, *pb.DeviceLost, error) {
	var batch, lost []byte
	err := fields(message, func(n protowire.Number, t protowire.Type, b []byte, _ uint64) error {
		switch {
		case n > 2:
			return nil
		case t != protowire.BytesType:
			return errWireType
		case batch != nil || lost != nil:
			return errors.New("more than one of batch and loss")
		case n == 1:
			batch = b
		default:
			lost = b
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, nil, err
	case batch != nil:
		if err := d.read(batch); err != nil {
			d.batch.reset()
			return nil, nil, err
		}
		return &d.batch, nil, nil
	case lost != nil:
		l := &pb.DeviceLost{}
		return nil, l, proto.Unmarshal(lost, l)
	}
	return nil, nil, nil
}

// kinds name the kinds in errors.
var kinds = [...]string{"", "credentials", "passages", "weights", "tags", "interactions", "presences", "doors", "scans", "gaps"}

func (d *Decoder) read(message []byte) error {
	d.batch.reset()
	d.torn = false
	var tables [kindGap + 1][]byte
	if err := d.header(message, &tables); err != nil {
		return err
	}
	for k := range tables {
		if tables[k] == nil {
			continue
		}
		if err := d.table(k, tables[k]); err != nil {
			return fmt.Errorf("%s: %w", kinds[k], err)
		}
	}
	if d.torn {
		slices.SortStableFunc(d.batch.entries, inOrder)
	}
	return nil
}

// inOrder orders rows by device and sequence number. It is needed where the
// columns of a batch tear one device's kinds apart.
func inOrder(a, b entry) int {
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.seq, b.seq))
}

// header reads all but the tables, of which it finds the bytes.
func (d *Decoder) header(message []byte, tables *[kindGap + 1][]byte) error {
	d.base = 0
	err := fields(message, func(n protowire.Number, t protowire.Type, b []byte, v uint64) error {
		switch {
		case n > fieldOf(int(kindGap)):
			return nil
		case n == 3 && t == protowire.VarintType:
			d.base = protowire.DecodeZigZag(v)
			return nil
		case t != protowire.BytesType || n == 3:
			return errWireType
		case n == 1:
			return d.source(b)
		case n == 2:
			return d.addText(b)
		}
		if tables[n-3] != nil {
			return fmt.Errorf("%s: told twice", kinds[n-3])
		}
		tables[n-3] = b
		return nil
	})
	if err != nil {
		return err
	}
	if d.base < earliest || d.base > latest {
		return fmt.Errorf("batch counts from %d us, which is no time of this world", d.base)
	}
	return nil
}

func (d *Decoder) source(b []byte) error {
	if len(d.batch.sources) == MaxSources {
		return fmt.Errorf("batch speaks of more than %d devices", MaxSources)
	}
	var s source
	err := fields(b, func(n protowire.Number, t protowire.Type, _ []byte, v uint64) error {
		switch {
		case n > 2:
		case t != protowire.VarintType:
			return errWireType
		case n == 1:
			s.handle = uint32(v) //nolint:gosec // as protobuf cuts it
		default:
			s.epoch = v
		}
		return nil
	})
	d.last[len(d.batch.sources)] = 0
	d.batch.sources = append(d.batch.sources, s)
	return err
}

func (d *Decoder) addText(b []byte) error {
	switch {
	case len(d.batch.texts) == 0 && len(b) > 0:
		return errors.New("entry 0 of a batch's texts is not empty")
	case len(d.batch.texts) == MaxTexts:
		return fmt.Errorf("batch of more than %d texts", MaxTexts)
	case !utf8.Valid(b):
		return errNotUTF8
	}
	d.batch.texts = append(d.batch.texts, view(b))
	return nil
}

// view is a string over b's bytes: it changes when they do.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// table reads the columns of one kind and appends its rows.
func (d *Decoder) table(kind int, b []byte) error {
	t := &d.batch.tables[kind]
	t.reset()
	stamped := false
	read := func(n protowire.Number, wire protowire.Type, b []byte, v uint64) error {
		switch {
		case n == 1 && wire == protowire.BytesType && !stamped:
			stamped = true
			return t.stamps(b)
		case n == 1:
			return errWireType
		case int(n) >= len(t.cols):
			return nil
		case isBytes(kind, int(n)):
			if len(t.epcs) == MaxBatch {
				return errTooMany
			}
			if wire != protowire.BytesType {
				return errWireType
			}
			t.epcs = append(t.epcs, b)
			return nil
		}
		most := MaxBatch
		if kind == int(observe.KindInteraction) && n >= 8 {
			most *= observe.MaxCandidates
		}
		return column(&t.cols[n], most, wire, b, v)
	}
	if _, _, used := protowire.ConsumeField(b); kind == kindTag && used > 0 { // the stamps, most likely, and then codes
		if err := fields(b[:used], read); err != nil {
			return err
		}
		b = t.codes(b[used:])
	}
	if err := fields(b, read); err != nil {
		return err
	}
	n := len(t.at[1])
	for f := 2; f < len(t.at); f++ {
		if len(t.at[f]) != n && (f != 5 || len(t.at[f]) > 0) {
			return errUnequal
		}
	}
	if len(d.batch.entries)+n > MaxBatch {
		return fmt.Errorf("batch of more than %d rows", MaxBatch)
	}
	if err := d.check(kind, t, n); err != nil {
		return err
	}
	return d.rows(kind, t, n)
}

// codes reads the codes that a message begins with, each a field of its own, and
// gives what follows. Those that the SDK does not write so are left to follow.
func (t *columns) codes(b []byte) []byte {
	at := 0
	for at+1 < len(b) && b[at] == epcTag && b[at+1] < 0x80 && len(t.epcs) < MaxBatch {
		to := at + 2 + int(b[at+1])
		if to > len(b) {
			break
		}
		t.epcs = append(t.epcs, b[at+2:to:to])
		at = to
	}
	return b[at:]
}

func (t *columns) stamps(b []byte) error {
	return fields(b, func(n protowire.Number, wire protowire.Type, b []byte, v uint64) error {
		if int(n) >= len(t.at) {
			return nil
		}
		return column(&t.at[n], MaxBatch, wire, b, v)
	})
}

// maxOffset is the greatest clock offset in microseconds, a hundred years: a
// device whose clock was never set starts in 1970 or 2000.
const maxOffset = int64(100 * 365 * 24 * time.Hour / time.Microsecond)
