package mutants

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// RunWithin is the longest that a mutant's tests may take to find it, besides
// building.
const RunWithin = 60 * time.Second

// Options say what to run. Root is required.
type Options struct {
	// Root is the root of the source tree.
	Root string
	// Mutants are those to plant, in order.
	Mutants []Mutant
	// Workers is how many are planted at once; one where it is zero.
	Workers int
	// Within is after how long no more is begun, but for the first; never where it
	// is zero.
	Within time.Duration
	// Told hears of each mutant, in the order of the table.
	Told func(Outcome)
}

// Outcome is what became of one mutant.
type Outcome struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Mistake string `json:"mistake"`
	// CaughtBy is the test that failed first, with its package; empty where the
	// mutant survived.
	CaughtBy string `json:"caught_by"`
	// BuildSeconds went into building tests, and RunSeconds into running them.
	BuildSeconds float64 `json:"build_s"`
	RunSeconds   float64 `json:"run_s"`
	// Skipped says that none of its tests can run on this machine.
	Skipped bool `json:"skipped,omitempty"`
	// Said is the last of what the tests said of a mutant that survived, or that
	// does not build.
	Said string `json:"said,omitempty"`
}

// Caught reports whether a test found the mutant in time.
func (o *Outcome) Caught() bool { return o.CaughtBy != "" && o.RunSeconds <= RunWithin.Seconds() }

// Result is what a run came to.
type Result struct {
	Planted int     `json:"planted"`
	Caught  int     `json:"caught"`
	Slowest float64 `json:"slowest_s"`
	// Missed are those that survived, Skipped those whose tests can't run here, and
	// Left how many were not begun in time.
	Missed  []string `json:"missed"`
	Skipped []string `json:"skipped"`
	Left    int      `json:"left"`
	// Seconds is how long all of it took, sound tests included.
	Seconds float64   `json:"seconds"`
	Mutants []Outcome `json:"mutants"`
}

// Run looks that the tests pass without any mistake, plants each mutant, and
// runs its tests. The error is of what is no mutant's doing: tests that fail
// without one, a table that does not fit the source.
func Run(ctx context.Context, o Options) (Result, error) {
	start := time.Now()
	r := Result{Missed: []string{}, Skipped: []string{}, Mutants: []Outcome{}}
	work, err := os.MkdirTemp("", "aisle-mutants-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(work)
	for i := range o.Mutants { // before anything takes time
		if _, err := o.Mutants[i].Apply(o.Root); err != nil {
			return r, err
		}
	}
	h := &hand{opt: o, work: work, until: start.Add(o.Within)}
	if err := h.sound(ctx); err != nil {
		return r, err
	}
	h.all(ctx, &r)
	r.Seconds = rounded(time.Since(start))
	return r, ctx.Err()
}

// hand is the work of one Run.
type hand struct {
	opt   Options
	work  string
	until time.Time
}

// sound runs every check without any mistake: a test that fails anyhow finds
// nothing.
func (h *hand) sound(ctx context.Context) error {
	checks := map[string][]Check{}
	for i := range h.opt.Mutants {
		for _, c := range h.opt.Mutants[i].Checks {
			if !slices.ContainsFunc(checks[c.Package], func(d Check) bool { return d.String() == c.String() }) {
				checks[c.Package] = append(checks[c.Package], c)
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(checks)) {
		t := trial{root: h.opt.Root, dir: filepath.Join(h.work, "sound"), pkg: pkg}
		if err := t.make(ctx); err != nil {
			return err
		}
		for _, c := range checks[pkg] {
			switch v, err := t.run(ctx, c); {
			case err != nil:
				return err
			case v.failed != "":
				return fmt.Errorf("%s fails at %s without any mistake, so it could find none:\n%s", c, v.failed, v.said)
			}
		}
		if err := os.Remove(t.program); err != nil {
			return err
		}
	}
	return nil
}

// all plants the mutants, several at once, and tells of them in their order.
func (h *hand) all(ctx context.Context, r *Result) {
	n := len(h.opt.Mutants)
	done, outcomes := make([]chan struct{}, n), make([]*Outcome, n)
	next := make(chan int, n)
	for i := range n {
		done[i] = make(chan struct{})
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	defer wg.Wait()
	for range max(1, h.opt.Workers) {
		wg.Go(func() {
			for i := range next {
				if ctx.Err() == nil && (i == 0 || h.opt.Within == 0 || time.Now().Before(h.until)) {
					outcomes[i] = h.plant(ctx, &h.opt.Mutants[i], i)
				}
				close(done[i])
			}
		})
	}
	for i := range n {
		<-done[i]
		if outcomes[i] == nil {
			r.Left++
			continue
		}
		r.add(*outcomes[i])
		if h.opt.Told != nil {
			h.opt.Told(*outcomes[i])
		}
	}
}

func (r *Result) add(o Outcome) {
	if o.Skipped {
		r.Skipped = append(r.Skipped, o.Name)
		return
	}
	r.Planted++
	r.Mutants = append(r.Mutants, o)
	r.Slowest = max(r.Slowest, o.RunSeconds)
	if o.Caught() {
		r.Caught++
		return
	}
	r.Missed = append(r.Missed, o.Name)
}

// plant runs the checks of one mutant until one fails. One whose tests can't be
// built or run is found by nothing, and says why.
func (h *hand) plant(ctx context.Context, m *Mutant, n int) *Outcome {
	out := &Outcome{Name: m.Name, Kind: m.Kind, Mistake: m.Mistake}
	if err := h.try(ctx, m, filepath.Join(h.work, fmt.Sprintf("mutant-%d", n)), out); err != nil {
		out.Said = err.Error()
	}
	return out
}

func (h *hand) try(ctx context.Context, m *Mutant, dir string, out *Outcome) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, err := m.overlay(h.opt.Root, dir)
	if err != nil {
		return err
	}
	trials, ran := map[string]*trial{}, false
	for _, c := range m.Checks {
		t := trials[c.Package]
		if t == nil {
			t = &trial{root: h.opt.Root, dir: dir, overlay: file, pkg: c.Package}
			trials[c.Package] = t
			if err := t.make(ctx); err != nil {
				return err
			}
			out.BuildSeconds += rounded(t.build)
		}
		before := t.took
		v, err := t.run(ctx, c)
		if err != nil {
			return err
		}
		out.RunSeconds += rounded(t.took - before)
		ran = ran || !v.skipped
		if v.failed != "" {
			out.CaughtBy, out.Said = c.Package+" "+v.failed, ""
			return nil
		}
		out.Said = v.said
	}
	out.Skipped = !ran
	return nil
}

// rounded is a time in seconds, to hundredths.
func rounded(d time.Duration) float64 {
	return float64(d.Round(10*time.Millisecond)/(10*time.Millisecond)) / 100
}
