package simulate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Results are totals that add up over many runs, in a file. They are saved while
// a run goes on, so that one which is stopped goes on where it was.
type Results struct {
	file string
	// Totals are of all seeds that were ever run.
	Totals *Totals `json:"totals"`
	// Ranges are the seeds that were run, each its first and how many, in the order
	// in which they were begun.
	Ranges []seedRange `json:"ranges"`

	now int // the range that grows
}

// seedRange is seeds that were run one after the other, and the hash of their
// traces in that order, however many runs it took.
type seedRange struct {
	From  uint64 `json:"from"`
	Seeds int    `json:"seeds"`
	Trace string `json:"trace"`
}

func (a seedRange) end() uint64 { return a.From + uint64(a.Seeds) } //nolint:gosec // it counts up

// OpenResults reads a results file. Where there is none it is made when it is
// saved first. Results of another profile are refused.
func OpenResults(file, profile string) (*Results, error) {
	r := &Results{}
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.Totals = NewTotals(profile, 0)
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(b, r); err != nil || r.Totals == nil {
			return nil, fmt.Errorf("%s is no results file of aisle sim: %w", file, err)
		}
	}
	if r.Totals.Profile != profile {
		return nil, fmt.Errorf("%s holds results of profile %s, these are of %s: name another file", file, r.Totals.Profile, profile)
	}
	r.file, r.now = file, -1
	return r, nil
}

// Left is what is left to run of n seeds: those that a run before has begun with
// are not run again. Seeds that are there but for their first are refused, for
// they would count twice.
func (r *Results) Left(from uint64, n int) (uint64, int, error) {
	end := from + uint64(max(0, n)) //nolint:gosec // it is positive
	for i, x := range r.Ranges {
		if from >= x.From && from <= x.end() && x.Seeds > 0 {
			r.now, from = i, min(end, x.end())
			break
		}
	}
	for i, x := range r.Ranges {
		if i != r.now && from < x.end() && x.From < end {
			return 0, 0, fmt.Errorf("%s holds seeds %d to %d already: go on with --from %d", r.file, x.From, x.end()-1, x.end())
		}
	}
	if r.now < 0 {
		r.Ranges = append(r.Ranges, seedRange{From: from, Trace: fmt.Sprintf("%016x", uint64(fnvOffset))})
		r.now = len(r.Ranges) - 1
	}
	return from, int(end - from), nil //nolint:gosec // no more than n
}

// Add adds a run, which is of the next seed.
func (r *Results) Add(d *Done) {
	x := &r.Ranges[r.now]
	h, _ := strconv.ParseUint(x.Trace, 16, 64) // we wrote it
	t := trace(h)
	t.text(d.Result.Trace)
	x.Seeds, x.Trace = x.Seeds+1, fmt.Sprintf("%016x", uint64(t))
	r.Totals.Add(d)
	all := fnvOffset
	for i := range r.Ranges {
		all.text(r.Ranges[i].Trace)
	}
	r.Totals.Trace = fmt.Sprintf("%016x", uint64(all))
}

// Save writes the file anew, in whole or not at all. Seconds are how long was run
// since it was saved last.
func (r *Results) Save(seconds float64) error {
	r.Totals.Ran(seconds)
	r.Totals.From = slices.MinFunc(r.Ranges, func(a, b seedRange) int {
		if a.From < b.From {
			return -1
		}
		return 1
	}).From
	out, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(r.file), ".results-")
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(out, '\n'))
	if err = errors.Join(err, tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return os.Rename(tmp.Name(), r.file)
}
