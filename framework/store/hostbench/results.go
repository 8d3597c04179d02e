package hostbench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/openaisle/aisle/framework/store/internal/quantile"
)

// results are what was measured so far, in this run and in those before that
// had the same file.
type results struct {
	path string
	// Series are samples by name, Sums are totals.
	Series map[string][]float64 `json:"series"`
	Sums   map[string]float64   `json:"sums"`
	// Parts are the parts of loops: what each began with and how long it was.
	Parts []part `json:"parts"`
}

type part struct {
	Loop  string    `json:"loop"`
	From  int       `json:"from"`
	Count int       `json:"count"`
	At    time.Time `json:"at"`
}

func openResults(path string) (*results, error) {
	r := &results{path: path, Series: map[string][]float64{}, Sums: map[string]float64{}}
	if path == "" {
		return r, nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r *results) save() error {
	if r.path == "" {
		return nil
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(r.path, b, 0o600)
}

// part takes note of a part of a loop. A part that overlaps one that was
// measured is refused: its turns would count twice.
func (r *results) part(loop string, from, count int) error {
	for _, p := range r.Parts {
		if p.Loop == loop && from < p.From+p.Count && p.From < from+count {
			return fmt.Errorf("%s has turns %d to %d of %s already; go on with --from %d", r.path, p.From, p.From+p.Count-1, loop, p.From+p.Count)
		}
	}
	r.Parts = append(r.Parts, part{loop, from, count, time.Now().UTC()})
	return nil
}

func (r *results) add(name string, v float64) { r.Series[name] = append(r.Series[name], v) }

func (r *results) count(name string, v float64) { r.Sums[name] += v }

// quantile gives one of the samples of a name, 0 where there are none.
func (r *results) quantile(name string, q float64) float64 { return quantile.Of(r.Series[name], q) }
