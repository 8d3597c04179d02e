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
	"sync"
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
	masses map[int]measure.Mass // by bay; never changed, for it is read while the next is kept
	keep   func(path string, b []byte) error
}

// maxTares bounds the file, in bytes: 64 bays.
const maxTares = 64 << 10

// readTares reads the file of a device. That there is none means that it never was
// tared; one that can't be read is an error, for its zero is not known then.
func readTares(folder, device string) (tares, error) {
	t := tares{filepath.Join(folder, strings.ReplaceAll(device, string(filepath.Separator), "_")+".json"), map[int]measure.Mass{}, keep}
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

// with gives the tares with one more, kept.
func (t tares) with(bay int, mass measure.Mass) (tares, error) {
	next := tares{t.path, map[int]measure.Mass{bay: mass}, t.keep}
	for n, m := range t.masses {
		if n != bay {
			next.masses[n] = m
		}
	}
	b, err := json.Marshal(next.masses)
	if err != nil {
		return t, err
	}
	if err := t.keep(t.path, b); err != nil {
		return t, err
	}
	return next, nil
}

// keep writes a file: all of it is there, or the one before.
func keep(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tare-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// tarer is a shelf that keeps its tare.
type tarer struct {
	*Shelf
	one sync.Mutex // tare at a time: the next is kept with those before it
}

var _ shelf.Tarer = (*tarer)(nil)

// Tare makes the present mass of a bay its zero.
func (s *tarer) Tare(_ context.Context, number int) error {
	if number < 1 || number > len(s.bays) {
		return fault.Errorf(fault.Invalid, "there is no bay %d: the shelf has %d", number, len(s.bays))
	}
	s.one.Lock()
	defer s.one.Unlock()
	level, before, err := s.standing(s.bays[number-1])
	if err != nil {
		return err
	}
	next, err := before.with(number, level) // samples don't wait for the disk
	if err != nil {
		return fault.Wrap(fault.Unavailable, fmt.Sprintf("keep the tare of bay %d", number), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tares = next
	if now, known := s.bays[number-1].filter.Level(); known && s.report != nil { // what was put on it meanwhile is on it
		s.report(observe.Weight{Bay: number, Interval: observe.At(time.Now()), Mass: now - level, Deviation: settled})
	}
	return nil
}

// standing gives the present mass of a bay that can be tared, and the tares so far.
func (s *tarer) standing(b *bay) (measure.Mass, tares, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	level, known := b.filter.Level()
	switch {
	case s.report == nil:
		return 0, tares{}, fault.New(fault.Unavailable, "the shelf does not weigh yet")
	case b.trouble != "":
		return 0, tares{}, fault.Errorf(fault.Unavailable, "bay %d: %s", b.number, b.trouble)
	case !known, b.filter.State() != signal.Steady:
		return 0, tares{}, fault.Errorf(fault.Refused, "the load on bay %d does not stand still: tare it when it does", b.number)
	}
	return level, s.tares, nil
}

// settled is the deviation of a level that was just made zero: what no averaging takes
// away (signal.BayOptions.Wander).
const settled = measure.Gram
