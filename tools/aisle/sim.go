package main

import (
	"context"
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
	// progressEvery is how often a terminal is told how far it is.
	progressEvery = time.Second
)

// simFlags are those of aisle sim.
type simFlags struct {
	seeds, triples, workers int
	from                    uint64
	profile, results        string
	faults                  []string
	pairs, ordered          bool
	asJSON, trace           bool
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
	fs.IntVar(&f.workers, "workers", runtime.NumCPU(), "how many seeds at once")
	fs.StringVar(&f.results, "results", "", "a file to which the totals are added")
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
	n, of, err := f.cases()
	if err != nil {
		return err
	}
	t := simulate.NewTotals(f.profile, f.from)
	defer debug.SetGCPercent(debug.SetGCPercent(simGC))
	start, told, shown := time.Now(), time.Now(), 0
	simulate.Many(ctx, n, f.workers, of, func(d simulate.Done) {
		t.Add(&d)
		for i := range d.Result.Violations {
			if shown++; shown > showViolations {
				break
			}
			fmt.Fprintf(stderr, "seed %d: ", d.Case.Seed)
			printViolation(stderr, &d.Result.Violations[i])
			fmt.Fprintf(stderr, "  replay: %s\n", d.Case.Replay())
		}
		if terminal(stderr) && time.Since(told) > progressEvery {
			told = time.Now()
			fmt.Fprintf(stderr, "\r%d of %d, %d sessions, %d violations \x1b[K", t.Seeds, n, t.Sessions, t.Violations)
		}
	})
	t.Ran(time.Since(start).Seconds())
	if terminal(stderr) {
		fmt.Fprint(stderr, "\r\x1b[K")
	}
	if f.results != "" {
		sum, err := t.AddTo(f.results)
		if err != nil {
			return err
		}
		fmt.Fprintf(stderr, "%s now holds %d sessions of %d seeds, %d violations.\n", f.results, sum.Sessions, sum.Seeds, sum.Violations)
	}
	if err := object(stdout, t); err != nil {
		return err
	}
	return f.verdict(t, n, stderr)
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
