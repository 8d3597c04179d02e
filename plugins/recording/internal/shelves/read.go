package shelves

import (
	"errors"
	"io"
	"time"

	"github.com/openaisle/aisle/plugins/recording/internal/table"
	"github.com/openaisle/aisle/sdk/fault"
)

// recording holds the samples of a shelf.
type recording struct {
	at []time.Time
	// grams are the samples of each bay.
	grams [][]float64
}

// read reads a recording whole. Its error names the attribute that is to blame.
func read(c Config) (rec recording, err error) {
	names, paths, err := c.columns()
	if err != nil {
		return rec, err
	}
	t, err := table.Open(c.File)
	if err != nil {
		return rec, fault.At("file", err)
	}
	defer func() {
		if cerr := t.Close(); cerr != nil && err == nil {
			err = fault.At("file", fault.Wrap(fault.Invalid, "", cerr))
		}
	}()
	clock, err := t.Column(c.Time)
	if err != nil {
		return rec, fault.At("time", err)
	}
	bays := make([]int, len(names))
	for i, name := range names {
		if bays[i], err = t.Column(name); err != nil {
			return rec, fault.At(paths[i], err)
		}
	}
	rec.grams = make([][]float64, len(bays))
	for {
		err := rec.row(t, clock, bays)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return rec, fault.At("file", err)
		}
	}
	if len(rec.at) == 0 {
		return rec, fault.At("file", t.At(1, "", "is the only line: there is no sample"))
	}
	return rec, nil
}

func (rec *recording) row(t *table.Table, clock int, bays []int) error {
	cells, err := t.Next()
	if err != nil {
		return err
	}
	at, err := t.Instant(cells, clock, 1000)
	if err != nil {
		return err
	}
	if n := len(rec.at); n > 0 && !at.After(rec.at[n-1]) {
		return t.Here(clock, "is not later than the line before: the samples of a shelf come in order")
	}
	rec.at = append(rec.at, at)
	for i, column := range bays {
		g, err := t.Number(cells, column)
		if err != nil {
			return err
		}
		if g < -maxGrams || g > maxGrams {
			return t.Here(column, "is beyond a hundred tonnes")
		}
		rec.grams[i] = append(rec.grams[i], g)
	}
	return nil
}

// maxGrams is more than any shelf carries, and less than a mass can hold.
const maxGrams = 1e8
