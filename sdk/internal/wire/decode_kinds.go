package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

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
func level(v uint64) measure.Mass      { return measure.Mass(protowire.DecodeZigZag(v)) }

// power takes a number of either sign, as protobuf cuts it to 32 bits.
func power(v uint64) measure.Power {
	return measure.Power(int32(protowire.DecodeZigZag(v & math.MaxUint32))) //nolint:gosec // 32 bits
}

// columnsOf is how many columns each kind has of one entry a row, from field 2
// on, and textsOf which of them are texts.
var (
	columnsOf = [...]int{0, 4, 3, 3, 6, 6, 3, 1, 3, 4}
	textsOf   = [...][]int{{}, {2, 6}, {2, 4}, {}, {}, {2, 3, 8}, {2, 3}, {}, {2, 3, 4}, {5}}
)

// check checks the columns of a kind against each other and the texts.
func (d *Decoder) check(kind int, t *columns, n int) error {
	for f := 2; f < 2+columnsOf[kind]; f++ {
		have := len(t.cols[f])
		if isBytes(kind, f) {
			have = len(t.epcs)
		}
		if have != n {
			return errUnequal
		}
	}
	for _, f := range textsOf[kind] {
		for _, i := range t.cols[f] {
			if i > 0 && i >= uint64(len(d.batch.texts)) {
				return fmt.Errorf("text %d of %d", i, len(d.batch.texts))
			}
		}
	}
	switch kind {
	case int(observe.KindCredential):
		if have := len(t.cols[6]); have != 0 && have != n {
			return errUnequal
		}
		return nil
	case kindTag:
		if have := len(t.cols[phaseColumn]); have != 0 && have != n {
			return errUnequal
		}
		return nil
	case int(observe.KindPresence):
		if have := len(t.cols[sureColumn]); have != 0 && have != n {
			return errUnequal
		}
		return nil
	case int(observe.KindInteraction):
	default:
		return nil
	}
	if len(t.cols[8]) != len(t.cols[9]) {
		return errUnequal
	}
	used := 0
	for _, count := range t.cols[7] {
		if count > observe.MaxCandidates || int(count) > len(t.cols[8])-used {
			return fmt.Errorf("a row of %d candidates", count)
		}
		t.starts = append(t.starts, used)
		used += int(count)
	}
	if used != len(t.cols[8]) {
		return fmt.Errorf("%d candidates belong to no row", len(t.cols[8])-used)
	}
	return nil
}

// sound says what is wrong with the values of row i, whose shape and time have
// been checked.
func (b *Batch) sound(kind observe.Kind, i int) error {
	switch kind {
	case observe.KindCredential:
		v := b.credential(i)
		return v.CheckValues()
	case observe.KindPassage:
		v := b.passage(i)
		return v.CheckValues()
	case observe.KindWeight:
		v := b.weight(i)
		return v.CheckValues()
	case observe.KindTag:
		return b.soundTag(i)
	case observe.KindInteraction:
		var list [observe.MaxCandidates]observe.Candidate
		v := b.interaction(i, list[:0])
		return v.CheckValues()
	case observe.KindPresence:
		v := b.presence(i)
		return v.CheckValues()
	case observe.KindScan:
		v := b.scan(i)
		return v.CheckValues()
	case observe.KindDoor, observe.KindUnknown:
	}
	return nil
}

// soundTag is sound of a tag.
func (b *Batch) soundTag(i int) error {
	v := b.tag(i)
	v.EPC = anyCode(len(b.tables[observe.KindTag].epcs[i]))
	return v.CheckValues()
}

// soundTags says that all is well with all tags. Readers see them by the thousand:
// a column is looked through at a time.
func (t *columns) soundTags() bool {
	c := &t.cols
	return most(c[3]) <= observe.MaxBay && most(c[5]) <= observe.MaxReads &&
		most(c[6]) <= uint64(observe.DirectionOut) && most(c[7]) <= uint64(measure.Certain) &&
		most(c[phaseColumn]) <= observe.PhaseTurn && t.soundCodes()
}

func (t *columns) soundCodes() bool {
	for _, code := range t.epcs {
		if uint(len(code))-1 > observe.MaxText/2-1 { // none at all, or too many
			return false
		}
	}
	return true
}

// most is the greatest number of a column.
func most(col []uint64) (m uint64) {
	for _, v := range col {
		m = max(m, v)
	}
	return m
}

// anyCode is an EPC that passes Check as one of so many bytes would:
// hexadecimal it will be.
func anyCode(size int) string {
	switch {
	case size == 0:
		return ""
	case 2*size <= observe.MaxText:
		return zeros[:2]
	}
	return zeros[:min(2*size, len(zeros))]
}

// zeros is longer than any EPC may be.
var zeros = strings.Repeat("0", observe.MaxText+2)

// The functions below give row i of a kind without its interval. Texts are
// views.

func (b *Batch) credential(i int) observe.Credential {
	c := &b.tables[observe.KindCredential].cols
	v := observe.Credential{Token: b.text(c[2][i]), Method: narrow[observe.Method](c[3][i]), Quality: ppm(c[4][i]), Bodies: whole(c[5][i])}
	if len(c[6]) > 0 {
		v.Attributes = attributes(b.text(c[6][i]))
	}
	return v
}

// attributeEnd parts the attributes of a credential in their one text.
const attributeEnd = "\n"

// attributes parts that text. One that is longer than all of them can be is left
// whole, for Check to refuse: a text of nothing but ends would take 16 times its
// bytes.
func attributes(text string) []string {
	switch {
	case text == "":
		return nil
	case len(text) > observe.MaxText:
		return []string{text}
	}
	return strings.Split(text, attributeEnd)
}

func (b *Batch) passage(i int) observe.Passage {
	c := &b.tables[observe.KindPassage].cols
	return observe.Passage{Lane: b.text(c[2][i]), Direction: narrow[observe.Direction](c[3][i]), Admission: b.text(c[4][i])}
}

func (b *Batch) weight(i int) observe.Weight {
	c := &b.tables[observe.KindWeight].cols
	return observe.Weight{Bay: whole(c[2][i]), Mass: level(c[3][i]), Deviation: mass(c[4][i])}
}

// tag leaves the EPC out.
func (b *Batch) tag(i int) observe.Tag {
	c := &b.tables[observe.KindTag].cols
	v := observe.Tag{Antenna: whole(c[3][i]), Power: power(c[4][i]), Reads: whole(c[5][i]),
		Direction: narrow[observe.Direction](c[6][i]), Confidence: ppm(c[7][i])}
	if len(c[phaseColumn]) > 0 {
		v.Phase = whole(c[phaseColumn][i])
	}
	return v
}

// interaction appends the candidates to a list.
func (b *Batch) interaction(i int, list []observe.Candidate) observe.Interaction {
	t := &b.tables[observe.KindInteraction]
	c := &t.cols
	for k := t.starts[i]; k < t.starts[i]+int(c[7][i]); k++ { //nolint:gosec // at most observe.MaxCandidates
		list = append(list, observe.Candidate{GTIN: gs1.GTIN(b.text(c[8][k])), Probability: ppm(c[9][k])})
	}
	return observe.Interaction{Track: observe.Track(b.text(c[2][i])), At: b.text(c[3][i]), Action: narrow[observe.Action](c[4][i]),
		Confidence: ppm(c[5][i]), Quantity: whole(c[6][i]), Candidates: list}
}

func (b *Batch) presence(i int) observe.Presence {
	c := &b.tables[observe.KindPresence].cols
	v := observe.Presence{Track: observe.Track(b.text(c[2][i])), Zone: b.text(c[3][i]), Phase: narrow[observe.Phase](c[4][i])}
	if len(c[sureColumn]) > 0 {
		v.Confidence = ppm(c[sureColumn][i])
	}
	return v
}

func (b *Batch) door(i int) observe.Door {
	return observe.Door{Open: b.tables[observe.KindDoor].cols[2][i] != 0}
}

func (b *Batch) scan(i int) observe.Scan {
	c := &b.tables[observe.KindScan].cols
	return observe.Scan{GTIN: gs1.GTIN(b.text(c[2][i])), Serial: b.text(c[3][i]), Track: observe.Track(b.text(c[4][i]))}
}

// stated makes the gap that row i of the plugin's own gaps states.
func (b *Batch) stated(i int, seq uint64) (Gap, error) {
	c := &b.tables[kindGap].cols
	lost := c[2][i]
	if lost == 0 || lost > seq {
		return Gap{}, fmt.Errorf("row %d states %d lost up to number %d", i, lost, seq)
	}
	return Gap{Lost: lost, Before: level(c[3][i]), After: level(c[4][i]), Cause: Bound(b.text(c[5][i]), MaxCause)}, nil
}

var errNoNumber = errors.New("a row without sequence number")

// rows appends the rows of a kind.
func (d *Decoder) rows(kind int, t *columns, n int) error {
	b := &d.batch
	sources, seqs, onsets, spans := t.at[1][:n], t.at[2][:n], t.at[3][:n], t.at[4][:n]
	first, last := earliest-d.base, latest-d.base // base and these are far from overflow
	sound := kind == kindTag && t.soundTags()
	from := len(b.entries)
	b.entries = slices.Grow(b.entries, n)[:from+n]
	entries := b.entries[from:][:n]
	for i := range entries {
		index, seq := sources[i], seqs[i]
		onset, length := protowire.DecodeZigZag(onsets[i]), spans[i]
		switch {
		case index >= uint64(len(b.sources)):
			return fmt.Errorf("row %d speaks of device %d of %d", i, index, len(b.sources))
		case seq == 0:
			return errNoNumber
		case onset < first || onset > last || length > uint64(last-onset): //nolint:gosec // not negative
			return fmt.Errorf("row %d speaks of no time of this world", i)
		}
		d.torn = d.torn || seq < d.last[index]
		d.last[index] = seq
		entries[i] = entry{seq: seq, onset: d.base + onset, span: int64(length), source: uint16(index), kind: uint8(kind), index: uint16(i)} //nolint:gosec // bounded just above
	}
	if len(t.at[5]) > 0 {
		if err := d.offsets(entries, t.at[5][:n]); err != nil {
			return err
		}
	}
	if sound {
		return nil
	}
	return d.sounds(kind, entries)
}

// offsets notes the rows' clock offsets.
func (d *Decoder) offsets(entries []entry, column []uint64) error {
	for i := range entries {
		e := &entries[i]
		if e.offset = protowire.DecodeZigZag(column[i]); e.offset > maxOffset || e.offset < -maxOffset {
			return fmt.Errorf("row %d has a clock offset of more than a hundred years", i)
		}
	}
	return nil
}

// sounds makes gaps of the rows that state one, and of those that are not sound.
func (d *Decoder) sounds(kind int, entries []entry) error {
	b := &d.batch
	for i := range entries {
		e := &entries[i]
		if kind == int(kindGap) {
			g, err := b.stated(i, e.seq)
			if err != nil {
				return err
			}
			e.index = b.addGap(g)
		} else if err := b.sound(observe.Kind(kind), i); err != nil { //nolint:gosec // one of ours
			// Its number is taken, and what it meant is not known.
			e.kind = kindGap
			e.index = b.addGap(Gap{Lost: 1, Cause: Bound("refused: "+err.Error(), MaxCause)})
		}
	}
	return nil
}
