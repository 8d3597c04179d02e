package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/simulate"
	"github.com/openaisle/aisle/framework/simulate/witness"
)

const (
	// fullRun is how many seeds make a run of profile full in which every fault
	// must have struck.
	fullRun = 200
	// showViolations is how many violations are printed with their replay.
	showViolations = 20
	// simGC has the collector run seldom: runs are small, and there are many.
	simGC = 800
	// progressEvery is how often a terminal is told how far it is, and logEvery
	// how often anything else is.
	progressEvery, logEvery = time.Second, time.Minute
	// saveEvery is how often a results file is saved.
	saveEvery = 10 * time.Second
)

// simFlags are those of aisle sim.
type simFlags struct {
	seeds, triples, jobs int
	from                 uint64
	profile, results     string
	faults               []string
	pairs, ordered       bool
	asJSON, trace        bool
}

func newSim() *cobra.Command {
	var f simFlags
	c := &cobra.Command{
		Use: "sim", Short: "Simulate stores with faults, judged by a witness",
		Long: "Simulates whole stores from seeds, in virtual time: shoppers, devices, network, disk and a card\n" +
			"processor around the real core, with every fault of the catalogue, and checks the invariants.\n" +
			"The same seed and profile give the same run. It ends with one JSON object; exit code 1 says that an\n" +
			"invariant did not hold, or that a full run left a fault out.",
		Example: "  aisle sim --seeds 1000 --profile full\n  aisle sim --seeds 1 --from 47 --profile faults --trace\n  aisle sim --pairs --json",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.trace {
				return f.tell(c.OutOrStdout())
			}
			return f.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	fs := c.Flags()
	fs.IntVar(&f.seeds, "seeds", 100, "how many seeds")
	fs.Uint64Var(&f.from, "from", 1, "the first seed")
	fs.StringVar(&f.profile, "profile", "faults", "one of "+strings.Join(simulate.Profiles, ", "))
	fs.StringSliceVar(&f.faults, "faults", nil, "nothing but these faults, by their ids")
	fs.BoolVar(&f.ordered, "ordered", false, "each of --faults only after the one before it")
	fs.BoolVar(&f.pairs, "pairs", false, "every pair of faults once, in place of seeds")
	fs.IntVar(&f.triples, "triples", 0, "so many ordered triples of faults, in place of seeds")
	fs.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "how many seeds at once; each is run by one thread, and goes as it does alone")
	fs.StringVar(&f.results, "results", "", "a file to which the totals are added as the run goes on; seeds that are in it already are not run again")
	fs.BoolVar(&f.asJSON, "json", false, "nothing but the last object on stdout")
	fs.BoolVar(&f.trace, "trace", false, "tell what happens with the first seed")
	c.AddCommand(newSimCrash(), newSimMutants())
	return c
}

// cases gives what is to be run.
func (f *simFlags) cases() (n int, of func(i int) simulate.Case, err error) {
	var sets [][]simulate.FaultID
	switch {
	case f.pairs:
		sets = simulate.Pairs()
	case f.triples > 0:
		sets = simulate.Triples(f.triples, f.from)
	}
	named := make([]simulate.FaultID, len(f.faults))
	for i, s := range f.faults {
		if named[i], err = simulate.ParseFault(strings.ToUpper(s)); err != nil {
			return 0, nil, err
		}
	}
	if _, err := simulate.NewCase(f.profile, f.from); err != nil {
		return 0, nil, err
	}
	if n = f.seeds; sets != nil {
		n = len(sets)
	}
	return n, func(i int) simulate.Case {
		c, err := simulate.NewCase(f.profile, f.from+uint64(i)) //nolint:gosec // it counts up
		switch {
		case err != nil: // it was one above
		case sets != nil:
			return c.About(sets[i], f.triples > 0)
		case len(named) > 0:
			return c.About(named, f.ordered)
		}
		return c
	}, nil
}

// tell runs one seed and tells what happens.
func (f *simFlags) tell(out io.Writer) error {
	_, of, err := f.cases()
	if err != nil {
		return err
	}
	c := of(0)
	c.Options.Story = out
	r := simulate.Run(c.Seed, c.Options)
	for _, v := range r.Violations {
		printViolation(out, &v)
	}
	fmt.Fprintf(out, "trace %s\n", r.Trace)
	if len(r.Violations) > 0 {
		return errTold
	}
	return nil
}

func printViolation(w io.Writer, v *witness.Violation) {
	session := v.Session
	if session == "" {
		session = "-"
	}
	fmt.Fprintf(w, "%s session %s at %s: %s\n", v.ID, session, v.At.UTC().Format(time.RFC3339Nano), v.Text)
}

func (f *simFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	if f.results != "" && (f.pairs || f.triples > 0 || len(f.faults) > 0) {
		return errors.New("--results: is for seeds of a profile; leave out --pairs, --triples and --faults")
	}
	asked := f.seeds
	keep, err := f.resume(stderr)
	if err != nil {
		return fmt.Errorf("--results: %w", err)
	}
	n, of, err := f.cases()
	if err != nil {
		return err
	}
	t := simulate.NewTotals(f.profile, f.from)
	defer debug.SetGCPercent(debug.SetGCPercent(simGC))
	p := progress{f: f, n: n, keep: keep, stderr: stderr, start: time.Now(), told: time.Now(), saved: time.Now()}
	simulate.Many(ctx, n, f.jobs, of, func(d simulate.Done) {
		t.Add(&d)
		p.violations(&d)
		p.tell(t, &d)
	})
	t.Ran(time.Since(p.start).Seconds())
	if err := p.end(); err != nil {
		return fmt.Errorf("--results: %w", err)
	}
	if err := object(stdout, t); err != nil {
		return err
	}
	if n < asked && keep != nil && len(keep.Totals.Idle()) == 0 {
		n = 0 // what did not strike this time has before
	}
	return f.verdict(t, n, stderr)
}

// resume opens the results file and leaves out the seeds that are in it.
func (f *simFlags) resume(stderr io.Writer) (*simulate.Results, error) {
	if f.results == "" {
		return nil, nil
	}
	r, err := simulate.OpenResults(f.results, f.profile)
	if err != nil {
		return nil, err
	}
	from, n, err := r.Left(f.from, f.seeds)
	if err != nil {
		return nil, err
	}
	if n < f.seeds {
		fmt.Fprintf(stderr, "%s holds %d of these %d seeds: going on with %d.\n", f.results, f.seeds-n, f.seeds, from)
	}
	f.from, f.seeds = from, n
	return r, nil
}

func (f *simFlags) verdict(t *simulate.Totals, n int, stderr io.Writer) error {
	failed := t.Violations > 0
	if failed {
		fmt.Fprintf(stderr, "%s.\n", count(t.Violations, "violation"))
	}
	if idle := t.Idle(); f.profile == "full" && len(f.faults) == 0 && n >= fullRun && len(idle) > 0 {
		failed = true
		fmt.Fprintf(stderr, "These faults never struck: %s.\n", strings.Join(idle, ", "))
	}
	if t.Missed > 0 && (f.pairs || f.triples > 0) {
		fmt.Fprintf(stderr, "In %s not all faults struck.\n", count(t.Missed, "case"))
	}
	if t.Seeds < n {
		fmt.Fprintf(stderr, "It was stopped after %d of %d: go on with --from %d.\n", t.Seeds, n, f.from+uint64(t.Seeds)) //nolint:gosec // it counts up
		failed = true
	}
	if failed {
		return errTold
	}
	return nil
}
