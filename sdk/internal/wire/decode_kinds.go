package wire

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// narrow brings a column's value into a smaller type. What does not fit becomes
// the greatest value, which Check refuses, and never one that means something.
func narrow[T ~uint8](v uint64) T      { return T(min(v, math.MaxUint8)) }
func ppm(v uint64) measure.Probability { return measure.Probability(min(v, math.MaxInt32)) } //nolint:gosec // bounded
func whole(v uint64) int               { return int(min(v, math.MaxInt32)) }                 //nolint:gosec // bounded
func mass(v uint64) measure.Mass       { return measure.Mass(min(v, math.MaxInt64)) }        //nolint:gosec // bounded

// power takes a number of either sign, as protobuf cuts it to 32 bits.
func power(v uint64) measure.Power {
	return measure.Power(int32(protowire.DecodeZigZag(v & math.MaxUint32))) //nolint:gosec // 32 bits
}

// columnsOf is how many columns each kind has of one entry a row, from field 2
// on.
var columnsOf = [...]int{0, 4, 3, 3, 6, 6, 3, 1, 3, 4}

// rows appends the rows of a kind.
func (d *Decoder) rows(kind, n int) error {
	for f := 2; f < 2+columnsOf[kind]; f++ {
		have := len(d.cols[f])
		if isBytes(kind, f) {
			have = len(d.epcs)
		}
		if have != n {
			return errUnequal
		}
	}
	switch kind {
	case kindTag:
		d.writeHex()
	case int(observe.KindInteraction):
		if len(d.cols[8]) != len(d.cols[9]) {
			return errUnequal
		}
	}
	var at place
	for i := range n {
		e, span, err := d.row(kind, i)
		if err != nil {
			return err
		}
		if err := d.add(&e, span, i, &at); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
		d.batch.entries = append(d.batch.entries, e)
	}
	if kind == int(observe.KindInteraction) && at.candidates != len(d.cols[8]) {
		return fmt.Errorf("%d candidates belong to no row", len(d.cols[8])-at.candidates)
	}
	return nil
}

// place is how far the columns that have no entry a row have been read.
type place struct{ hex, candidates int }

// add adds row i to the table of its kind. An error is a fault of the batch's
// shape.
func (d *Decoder) add(e *entry, span observe.Interval, i int, at *place) error {
	switch observe.Kind(e.kind) {
	case observe.KindCredential:
		return d.credential(e, span, i)
	case observe.KindPassage:
		return d.passage(e, span, i)
	case observe.KindWeight:
		d.weight(e, span, i)
		return nil
	case observe.KindTag:
		d.tag(e, span, i, at)
		return nil
	case observe.KindInteraction:
		return d.interaction(e, span, i, at)
	case observe.KindPresence:
		return d.presence(e, span, i)
	case observe.KindDoor:
		d.door(e, span, i)
		return nil
	case observe.KindScan:
		return d.scan(e, span, i)
	case observe.KindUnknown:
	}
	return d.gap(e, span, i)
}

func (d *Decoder) credential(e *entry, span observe.Interval, i int) error {
	token, err := d.text(d.cols[2][i])
	if err != nil {
		return err
	}
	list := &d.batch.credentials
	*list = append(*list, observe.Credential{Interval: span, Token: token, Method: narrow[observe.Method](d.cols[3][i]),
		Quality: ppm(d.cols[4][i]), Bodies: whole(d.cols[5][i])})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckCredential(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
	return nil
}

func (d *Decoder) passage(e *entry, span observe.Interval, i int) error {
	lane, err := d.text(d.cols[2][i])
	admission, err2 := d.text(d.cols[4][i])
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	list := &d.batch.passages
	*list = append(*list, observe.Passage{Interval: span, Lane: lane, Admission: admission,
		Direction: narrow[observe.Direction](d.cols[3][i])})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckPassage(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
	return nil
}

func (d *Decoder) weight(e *entry, span observe.Interval, i int) {
	list := &d.batch.weights
	*list = append(*list, observe.Weight{Interval: span, Bay: whole(d.cols[2][i]),
		Mass: measure.Mass(protowire.DecodeZigZag(d.cols[3][i])), Deviation: mass(d.cols[4][i])})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckWeight(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
}

// writeHex writes all codes of a batch one behind another, as upper-case
// hexadecimal.
func (d *Decoder) writeHex() {
	const digits = "0123456789ABCDEF"
	d.hex = d.hex[:0]
	for _, c := range d.epcs {
		for _, b := range c {
			d.hex = append(d.hex, digits[b>>4], digits[b&15])
		}
	}
}

func (d *Decoder) tag(e *entry, span observe.Interval, i int, at *place) {
	from := at.hex
	at.hex += 2 * len(d.epcs[i])
	list := &d.batch.tags
	*list = append(*list, observe.Tag{Interval: span, EPC: view(d.hex[from:at.hex]), Antenna: whole(d.cols[3][i]),
		Power: power(d.cols[4][i]), Reads: whole(d.cols[5][i]), Direction: narrow[observe.Direction](d.cols[6][i]),
		Confidence: ppm(d.cols[7][i])})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckTag(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
}

func (d *Decoder) interaction(e *entry, span observe.Interval, i int, at *place) error {
	track, err := d.text(d.cols[2][i])
	where, err2 := d.text(d.cols[3][i])
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	count := whole(d.cols[7][i])
	if count > observe.MaxCandidates || count > len(d.cols[8])-at.candidates {
		return fmt.Errorf("%d candidates", count)
	}
	list := &d.batch.interactions
	if len(*list) < cap(*list) {
		*list = (*list)[:len(*list)+1] // with the room for candidates that its last use left
	} else {
		*list = append(*list, observe.Interaction{})
	}
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	v := &(*list)[e.index]
	*v = observe.Interaction{Interval: span, Track: observe.Track(track), At: where, Action: narrow[observe.Action](d.cols[4][i]),
		Confidence: ppm(d.cols[5][i]), Quantity: whole(d.cols[6][i]), Candidates: v.Candidates[:0]}
	for range count {
		gtin, err := d.text(d.cols[8][at.candidates])
		if err != nil {
			return err
		}
		v.Candidates = append(v.Candidates, observe.Candidate{GTIN: gs1.GTIN(gtin), Probability: ppm(d.cols[9][at.candidates])})
		at.candidates++
	}
	if err := CheckInteraction(v); err != nil {
		d.refuse(e, span, err)
	}
	return nil
}

func (d *Decoder) presence(e *entry, span observe.Interval, i int) error {
	track, err := d.text(d.cols[2][i])
	zone, err2 := d.text(d.cols[3][i])
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	list := &d.batch.presences
	*list = append(*list, observe.Presence{Interval: span, Track: observe.Track(track), Zone: zone,
		Phase: narrow[observe.Phase](d.cols[4][i])})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckPresence(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
	return nil
}

func (d *Decoder) door(e *entry, span observe.Interval, i int) {
	list := &d.batch.doors
	*list = append(*list, observe.Door{Interval: span, Open: d.cols[2][i] != 0})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckDoor(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
}

func (d *Decoder) scan(e *entry, span observe.Interval, i int) error {
	gtin, err := d.text(d.cols[2][i])
	serial, err2 := d.text(d.cols[3][i])
	track, err3 := d.text(d.cols[4][i])
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	list := &d.batch.scans
	*list = append(*list, observe.Scan{Interval: span, GTIN: gs1.GTIN(gtin), Serial: serial, Track: observe.Track(track)})
	e.index = uint16(len(*list) - 1) //nolint:gosec // at most MaxBatch
	if err := CheckScan(&(*list)[e.index]); err != nil {
		d.refuse(e, span, err)
	}
	return nil
}

func (d *Decoder) gap(e *entry, span observe.Interval, i int) error {
	cause, err := d.text(d.cols[5][i])
	if err != nil {
		return err
	}
	lost := d.cols[2][i]
	if lost == 0 || lost > e.seq {
		return fmt.Errorf("states %d lost up to number %d", lost, e.seq)
	}
	e.index = d.batch.addGap(Gap{Interval: span, Lost: lost, Before: measure.Mass(protowire.DecodeZigZag(d.cols[3][i])),
		After: measure.Mass(protowire.DecodeZigZag(d.cols[4][i])), Cause: Bound(cause, MaxCause)})
	return nil
}
