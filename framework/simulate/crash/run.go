package crash

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Options of a run.
type Options struct {
	// Points is how many power cuts and errors; From the seed of the first journey.
	Points int
	From   uint64
	// Journeys is how many journeys they are spread over; zero is [LeastJourneys], and more where there are many points.
	Journeys int
	// Only is one point, by its name: all else is left out.
	Only string
	// Progress is told now and then how far it is; nil for nobody.
	Progress func(Result)

	plant string
}

// LeastJourneys is how many journeys the points are spread over.
const LeastJourneys = 200

// perJourney is how many points a journey has at most: then there are more journeys.
const perJourney = 1000

// MaxFindings is how many violations are told one by one.
const MaxFindings = 20

// Result counts.
type Result struct {
	From     uint64 `json:"from"`
	Journeys int    `json:"journeys"`
	Records  int    `json:"records"`
	// Operations is how many the journeys had, Cut at how many of them the power was cut.
	Operations int `json:"operations"`
	Cut        int `json:"operations_cut"`
	// Distinct images were checked; a point whose image and needs equal those of another was not checked again.
	Distinct int `json:"distinct"`
	Depth2   int `json:"depth2"`
	Errors   int `json:"errors"`
	// Variants counts points by what the power cut left, and errors by what was answered.
	Variants map[string]int `json:"variants"`
	// Of what was durable and rotted: refused, harmless, and cut short, which only a checkpoint kept elsewhere shows.
	Refused  int `json:"rot_refused"`
	Harmless int `json:"rot_harmless"`
	CutShort int `json:"rot_cut_short"`
	// NoSpace is how often an append or snapshot found no space and was done when there was.
	NoSpace int `json:"no_space_retried"`
	// FailedSyncs is how often a failed sync stopped a journal.
	FailedSyncs int       `json:"failed_syncs"`
	Seconds     float64   `json:"seconds"`
	Findings    []Finding `json:"findings"`
	Points      int       `json:"points"`
	Violations  int       `json:"violations"`
}

// Finding is one violation.
type Finding struct {
	Point string `json:"point"`
	What  string `json:"what"`
}

// add sums results up.
func (r *Result) add(o Result) {
	r.Journeys += o.Journeys
	r.Records += o.Records
	r.Operations += o.Operations
	r.Cut += o.Cut
	r.Distinct += o.Distinct
	r.Depth2 += o.Depth2
	r.Errors += o.Errors
	for k, v := range o.Variants {
		r.Variants[k] += v
	}
	r.Refused += o.Refused
	r.Harmless += o.Harmless
	r.CutShort += o.CutShort
	r.NoSpace += o.NoSpace
	r.FailedSyncs += o.FailedSyncs
	r.Points += o.Points
	r.Violations += o.Violations
	r.Findings = append(r.Findings, o.Findings[:min(len(o.Findings), max(0, MaxFindings-len(r.Findings)))]...)
}

// Add is the sum of two runs. Journeys that are in both are refused: they would count twice.
func Add(a, b Result) (Result, error) {
	if end := a.From + uint64(a.Journeys); b.From < end && a.From < b.From+uint64(b.Journeys) {
		return a, fmt.Errorf("journeys %d to %d are in it already: go on with --from %d", a.From, end-1, end)
	}
	sum := Result{From: min(a.From, b.From), Variants: map[string]int{}, Findings: []Finding{}}
	sum.add(a)
	sum.add(b)
	sum.Seconds = a.Seconds + b.Seconds
	return sum, nil
}

// Run cuts the power so many times. The error says that it couldn't; violations are in the result.
func Run(ctx context.Context, o Options) (_ Result, err error) {
	began := time.Now()
	sum := Result{From: o.From, Variants: map[string]int{}, Findings: []Finding{}}
	only, err := parsePoint(o.Only)
	if err != nil {
		return sum, err
	}
	if o.Journeys == 0 {
		o.Journeys = max(LeastJourneys, (o.Points+perJourney-1)/perJourney)
	}
	seeds := make(chan share)
	m, err := Mount()
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			if err := work(ctx, m, o, seeds, func(r Result) {
				mu.Lock()
				defer mu.Unlock()
				sum.add(r)
				sum.Seconds = time.Since(began).Seconds()
				if o.Progress != nil {
					o.Progress(sum)
				}
			}); err != nil {
				cancel(err)
			}
		})
	}
	if err := feed(ctx, o, only, seeds); err != nil {
		cancel(err)
	}
	all.Wait()
	slices.SortFunc(sum.Findings, func(a, b Finding) int { return cmp.Compare(a.Point, b.Point) })
	if err := context.Cause(ctx); err != nil {
		return sum, err
	}
	sum.Seconds = time.Since(began).Seconds()
	return sum, nil
}

// share is what is to be done of one journey.
type share struct {
	seed   uint64
	points int
	only   *point
}

// feed spreads the points over the journeys, more over those that write more.
func feed(ctx context.Context, o Options, only *point, to chan<- share) error {
	defer close(to)
	if only != nil {
		return give(ctx, to, share{seed: only.seed, only: only})
	}
	weights, sum := make([]int, o.Journeys), 0
	for i := range weights {
		y, err := newJourney(o.From + uint64(i))
		if err != nil {
			return err
		}
		weights[i] = y.weight()
		sum += weights[i]
	}
	passed := 0
	for i, w := range weights {
		s := share{seed: o.From + uint64(i), points: o.Points*(passed+w)/sum - o.Points*passed/sum}
		if err := give(ctx, to, s); err != nil {
			return nil //nolint:nilerr // who ended it says why
		}
		passed += w
	}
	return nil
}

func give(ctx context.Context, to chan<- share, s share) error {
	select {
	case to <- s:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// work does shares until there are no more.
func work(ctx context.Context, m *Mounted, o Options, from <-chan share, done func(Result)) (err error) {
	dir, err := os.MkdirTemp(memoryDir(), "aisle-crash-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := startHelper(ctx)
	if err != nil {
		return fmt.Errorf("start the process that uses the disks: %w", err)
	}
	defer func() {
		if ended := h.stop(); ctx.Err() == nil {
			err = errors.Join(err, ended)
		}
	}()
	for s := range from {
		w := &worker{ctx: ctx, mounted: m, helper: h, dir: dir, share: s, plant: o.plant, seen: map[string]bool{}}
		w.Variants = map[string]int{}
		if err := w.do(); err != nil {
			return fmt.Errorf("journey %d: %w", s.seed, err)
		}
		done(w.Result)
	}
	return nil
}

// memoryDir is a folder in memory, where there is one.
func memoryDir() string {
	const shm = "/dev/shm"
	if f, err := os.CreateTemp(shm, "aisle-crash-"); err == nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return shm
	}
	return ""
}
