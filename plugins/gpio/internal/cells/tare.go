package cells

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// tares are the masses that bays were tared at, in a file so that they outlive the
// plugin: a zero that moved at a restart would be goods put back that nobody put back.
type tares struct {
	path   string
	masses map[int]measure.Mass // by bay
}

// maxTares bounds the file, in bytes: 64 bays.
const maxTares = 64 << 10

// readTares reads the file of a device. That there is none means that it never was
// tared; one that can't be read is an error, for its zero is not known then.
func readTares(folder, device string) (tares, error) {
	t := tares{filepath.Join(folder, strings.ReplaceAll(device, string(filepath.Separator), "_")+".json"), map[int]measure.Mass{}}
	info, err := os.Stat(t.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(folder); err != nil {
			return t, fault.Wrap(fault.Invalid, "look at the folder", err)
		}
		return t, nil
	case err != nil:
		return t, fault.Wrap(fault.Unavailable, "read the tare", err)
	case info.Size() > maxTares:
		return t, fault.Errorf(fault.Invalid, "%s has %d bytes: it is not what this shelf wrote; remove it and tare the shelf again", t.path, info.Size())
	}
	b, err := os.ReadFile(t.path)
	if err != nil {
		return t, fault.Wrap(fault.Unavailable, "read the tare", err)
	}
	if err := json.Unmarshal(b, &t.masses); err != nil || t.masses == nil {
		return t, fault.Errorf(fault.Invalid, "%s is damaged (%v): remove it and tare the shelf again", t.path, err)
	}
	return t, nil
}

// with gives the tares with one more, kept: all of the file is there, or the one before.
func (t tares) with(bay int, mass measure.Mass) (tares, error) {
	next := tares{t.path, map[int]measure.Mass{bay: mass}}
	for n, m := range t.masses {
		if n != bay {
			next.masses[n] = m
		}
	}
	b, err := json.Marshal(next.masses)
	if err != nil {
		return t, err
	}
	f, err := os.CreateTemp(filepath.Dir(t.path), ".tare-*")
	if err != nil {
		return t, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return t, err
	}
	return next, os.Rename(f.Name(), t.path)
}

// tarer is a shelf that keeps its tare.
type tarer struct{ *Shelf }

var _ shelf.Tarer = (*tarer)(nil)

// Tare makes the present mass of a bay its zero.
func (s *tarer) Tare(_ context.Context, number int) error {
	if number < 1 || number > len(s.bays) {
		return fault.Errorf(fault.Invalid, "there is no bay %d: the shelf has %d", number, len(s.bays))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.bays[number-1]
	level, known := b.filter.Level()
	switch {
	case s.report == nil:
		return fault.New(fault.Unavailable, "the shelf does not weigh yet")
	case b.trouble != "":
		return fault.Errorf(fault.Unavailable, "bay %d: %s", number, b.trouble)
	case !known, b.filter.State() != signal.Steady:
		return fault.Errorf(fault.Refused, "the load on bay %d does not stand still: tare it when it does", number)
	}
	next, err := s.tares.with(number, level)
	if err != nil {
		return fault.Wrap(fault.Unavailable, fmt.Sprintf("keep the tare of bay %d", number), err)
	}
	s.tares = next
	s.report(observe.Weight{Bay: number, Interval: observe.At(time.Now()), Deviation: settled})
	return nil
}

// settled is the deviation of a level that was just made zero: what no averaging takes
// away (signal.BayOptions.Wander).
const settled = measure.Gram
