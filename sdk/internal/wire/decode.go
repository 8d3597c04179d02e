package wire

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/observe"
)

// Decode appends a batch's rows to out, in the order of each device's sequence
// numbers. A batch whose shape is wrong is refused whole, with an error. A row
// of good shape whose evidence fails Check becomes a gap of one that says so:
// its number is taken, and what it meant is not known.
func Decode(b *pb.Batch, out []Row) ([]Row, error) {
	if b == nil {
		return out, errors.New("batch is missing")
	}
	d := decoder{batch: b, out: out}
	if err := d.header(); err != nil {
		return out, err
	}
	first := len(out)
	for _, kind := range []func() error{
		d.credentials, d.passages, d.weights, d.tags, d.interactions, d.presences, d.doors, d.scans, d.gaps,
	} {
		if err := kind(); err != nil {
			return out, err
		}
	}
	if d.torn {
		slices.SortStableFunc(d.out[first:], inOrder)
	}
	return d.out, nil
}

// inOrder orders rows by device and sequence number. It is needed where the
// columns of a batch tear one device's kinds apart.
func inOrder(a, b Row) int {
	return cmp.Or(cmp.Compare(a.Handle, b.Handle), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Seq, b.Seq))
}

type decoder struct {
	batch *pb.Batch
	out   []Row
	rows  int
	last  [MaxSources]uint64 // number of the last row of each source
	torn  bool               // some source's rows are out of order
}

func (d *decoder) header() error {
	b := d.batch
	if len(b.GetSources()) > MaxSources {
		return fmt.Errorf("batch speaks of %d devices, the limit is %d", len(b.GetSources()), MaxSources)
	}
	if len(b.GetTexts()) > 0 && b.GetTexts()[0] != "" {
		return errors.New("entry 0 of a batch's texts is not empty")
	}
	if base := b.GetBaseUs(); base < earliest || base > latest {
		return fmt.Errorf("batch counts from %d us, which is no time of this world", base)
	}
	return nil
}

// begin checks the common columns of a kind and gives the number of its rows.
// Others are the lengths of its own columns.
func (d *decoder) begin(kind string, at *pb.Stamps, others ...int) (int, error) {
	n := len(at.GetSource())
	equal := len(at.GetSeq()) == n && len(at.GetOnsetUs()) == n && len(at.GetSpanUs()) == n &&
		(len(at.GetOffsetUs()) == n || len(at.GetOffsetUs()) == 0)
	for _, o := range others {
		equal = equal && o == n
	}
	if !equal {
		return 0, fmt.Errorf("%s: columns of unequal length", kind)
	}
	if d.rows += n; d.rows > MaxBatch {
		return 0, fmt.Errorf("batch of more than %d rows", MaxBatch)
	}
	return n, nil
}

// row reads row i of the common columns.
func (d *decoder) row(kind string, at *pb.Stamps, i int) (r Row, span observe.Interval, err error) {
	index := at.Source[i]
	if int64(index) >= int64(len(d.batch.Sources)) {
		return r, span, fmt.Errorf("%s: row %d speaks of device %d of %d", kind, i, index, len(d.batch.Sources))
	}
	from := d.batch.Sources[index]
	r = Row{Handle: from.GetHandle(), Epoch: from.GetEpoch(), Seq: at.Seq[i]}
	if r.Seq == 0 {
		return r, span, fmt.Errorf("%s: row %d has no sequence number", kind, i)
	}
	d.torn = d.torn || r.Seq < d.last[index]
	d.last[index] = r.Seq
	// Base and latest are far from overflow, so comparing first is safe.
	base, onset, length := d.batch.BaseUs, at.OnsetUs[i], at.SpanUs[i]
	if onset < earliest-base || onset > latest-base || length > uint64(latest-base-onset) { //nolint:gosec // not negative
		return r, span, fmt.Errorf("%s: row %d speaks of no time of this world", kind, i)
	}
	span.Onset = time.UnixMicro(base + onset).UTC()
	span.Settled = time.UnixMicro(base + onset + int64(length)).UTC() //nolint:gosec // bounded just above
	if len(at.OffsetUs) > 0 {
		offset := at.OffsetUs[i]
		if offset > maxOffset || offset < -maxOffset {
			return r, span, fmt.Errorf("%s: row %d has a clock offset beyond %v", kind, i, time.Duration(maxOffset)*time.Microsecond)
		}
		r.Offset = time.Duration(offset) * time.Microsecond
	}
	return r, span, nil
}

// maxOffset is the greatest clock offset in microseconds, a hundred years: a
// device whose clock was never set starts in 1970 or 2000.
const maxOffset = int64(100 * 365 * 24 * time.Hour / time.Microsecond)

func (d *decoder) text(i uint32) (string, error) {
	if i == 0 {
		return "", nil
	}
	if int64(i) >= int64(len(d.batch.Texts)) {
		return "", fmt.Errorf("text %d of %d", i, len(d.batch.Texts))
	}
	return d.batch.Texts[i], nil
}

// add appends a row with evidence, or the gap that takes its place.
func (d *decoder) add(r Row, e observe.Evidence) {
	if err := Check(e); err != nil {
		r.Gap = &Gap{Interval: e.Span(), Lost: 1, Cause: Bound("refused: "+err.Error(), MaxCause)}
	} else {
		r.Evidence = e
	}
	d.out = append(d.out, r)
}
