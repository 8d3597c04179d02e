// Package journalbench measures how fast the journal makes groups of records durable, against the limit of
// the same disk: bare write and fdatasync of the same bytes, in the same run.
//
// It is not a test: it judges nothing. The command `aisle bench journal` and the package's own benchmark call
// it. Rounds of both sides are interleaved, because what a disk does changes within minutes; figures are
// medians over the rounds, and the ratio is the median of each round's own ratio.
package journalbench

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/journal"
)

// How much is measured.
const (
	recordBytes = 200
	rounds      = 9
	roundTime   = 80 * time.Millisecond // of each side in each round
)

// groups are the group sizes measured.
var groups = []int{1, 16, 256}

// A Result is one row.
type Result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"` // median of the journal
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit"` // median of the limit, in the same unit
	Ratio float64 `json:"ratio"` // median over the rounds of value / limit; more is better
}

// Run measures in fresh files under dir, which it removes again, and hands each row to w.
func Run(dir string, w func(Result)) (err error) {
	dir, err = os.MkdirTemp(dir, "journalbench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, n := range groups {
		r, err := measure(filepath.Join(dir, fmt.Sprint(n)), n)
		if err != nil {
			return fmt.Errorf("measure groups of %d: %w", n, err)
		}
		w(r)
	}
	return nil
}

// measure compares the two sides for groups of n records.
func measure(path string, n int) (_ Result, err error) {
	body := make([]byte, recordBytes)
	rand.Read(body)
	raw, err := newBare(path+".raw", body, n)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, raw.f.Close()) }()
	j, err := journal.Open(path+".db", nil)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()

	group := make([]journal.Draft, n)
	ours := func() error {
		now := time.Now()
		for i := range group {
			group[i] = journal.Draft{At: now, Body: body}
		}
		_, err := j.Append(group)
		return err
	}
	var values, limits, ratios []float64
	for round := range rounds + 1 {
		limit, err := rate(n, raw.group)
		if err != nil {
			return Result{}, err
		}
		value, err := rate(n, ours)
		if err != nil {
			return Result{}, err
		}
		if round == 0 { // files and caches are cold
			continue
		}
		values, limits, ratios = append(values, value), append(limits, limit), append(ratios, value/limit)
	}
	return Result{
		Name: fmt.Sprintf("journal append, groups of %d", n), Unit: "records/s",
		Value: median(values), Limit: median(limits), Ratio: median(ratios),
	}, nil
}

// bare is the limit: the group's bytes in one write, and one sync.
type bare struct {
	f     *os.File
	bytes []byte
}

func newBare(path string, body []byte, n int) (*bare, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &bare{f: f, bytes: slices.Repeat(body, n)}, nil
}

func (b *bare) group() error {
	if _, err := b.f.Write(b.bytes); err != nil {
		return err
	}
	return fdatasync(b.f)
}

// rate is how many records a second do makes durable, n at a time.
func rate(n int, do func() error) (float64, error) {
	start := time.Now()
	for done := n; ; done += n {
		if err := do(); err != nil {
			return 0, err
		}
		if took := time.Since(start); took >= roundTime {
			return float64(done) / took.Seconds(), nil
		}
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
