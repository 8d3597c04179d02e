package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/simulate/mutants"
)

// mutantFlags are those of aisle sim mutants.
type mutantFlags struct {
	only                 []string
	from                 string
	count, workers       int
	within               time.Duration
	list, readme, asJSON bool
}

func newSimMutants() *cobra.Command {
	var f mutantFlags
	c := &cobra.Command{
		Use: "mutants", Short: "Plant real mistakes in copies of the source, and look which test finds each",
		Long: "Builds the tests of a package with one mistake in it (go test -overlay: the source itself stays as it is), runs\n" +
			"them and says which found it and in how many seconds; and so for every mistake of the table in\n" +
			mutants.Table + ". It must be run in Aisle's source tree, and needs Go. It ends with one\n" +
			"JSON object; exit code 1 says that a mistake was found by nothing, or does not fit the source any more.",
		Example: "  aisle sim mutants\n  aisle sim mutants --only float-money,missing-sync\n  aisle sim mutants --from 40 --count 8 --within 90s --json",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			return f.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	fs := c.Flags()
	fs.StringSliceVar(&f.only, "only", nil, "nothing but these, by name")
	fs.StringVar(&f.from, "from", "", "begin with this one, by name or number; beyond the end it goes on at the beginning")
	fs.IntVar(&f.count, "count", 0, "how many; 0 for all")
	fs.IntVar(&f.workers, "workers", runtime.NumCPU(), "how many at once")
	fs.DurationVar(&f.within, "within", 0, "begin no more after so long; 0 for never")
	fs.BoolVar(&f.list, "list", false, "say which there are, and plant none")
	fs.BoolVar(&f.readme, "readme", false, "write what became of them into the README of their folder")
	fs.BoolVar(&f.asJSON, "json", false, "nothing but the last object on stdout")
	return c
}

func (f *mutantFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	root, err := sourceTree("mistakes are planted in copies of Aisle's source", "sim mutants")
	if err != nil {
		return err
	}
	all, err := mutants.Load(root)
	if err != nil {
		return err
	}
	chosen, err := f.choose(all)
	if err != nil {
		return err
	}
	if f.list {
		for i := range chosen {
			fmt.Fprintf(stdout, "%-36s %-11s %s\n", chosen[i].Name, chosen[i].Kind, chosen[i].Mistake)
		}
		return nil
	}
	n := 0
	r, err := mutants.Run(ctx, mutants.Options{Root: root, Mutants: chosen, Workers: f.workers, Within: f.within, Told: func(o mutants.Outcome) {
		n++
		fmt.Fprintf(stderr, "%3d of %d  %s\n", n, len(chosen), planted(&o))
	}})
	if err != nil {
		return fmt.Errorf("sim mutants: %w", err)
	}
	if f.readme {
		if err := mutants.WriteReadme(root, all, &r); err != nil {
			return err
		}
	}
	return f.end(&r, stdout, stderr)
}

func planted(o *mutants.Outcome) string {
	if o.Skipped {
		return o.Name + ": its tests can't run here\n" + o.Said
	}
	if o.CaughtBy == "" {
		return o.Name + ": found by nothing, " + o.Mistake + "\n" + o.Said
	}
	return fmt.Sprintf("%s: %s, %.1f s (build %.1f s)", o.Name, o.CaughtBy, o.RunSeconds, o.BuildSeconds)
}

func (f *mutantFlags) end(r *mutants.Result, stdout, stderr io.Writer) error {
	if !f.asJSON {
		fmt.Fprintf(stdout, "%d of %d caught, the slowest in %.1f s besides building; %d can't be looked for here, %d were not begun.\n", r.Caught, r.Planted, r.Slowest, len(r.Skipped), r.Left)
	}
	if err := object(stdout, r); err != nil {
		return err
	}
	if r.Planted == 0 {
		return errors.New("no mutant was planted: give more time with --within, or choose others")
	}
	if r.Caught < r.Planted {
		fmt.Fprintf(stderr, "Not found in time: %v. Give them a test that does, or take out what is no mistake.\n", r.Missed)
		return errTold
	}
	return nil
}

// choose picks those that the flags name.
func (f *mutantFlags) choose(all []mutants.Mutant) ([]mutants.Mutant, error) {
	named := func(name string) int {
		return slices.IndexFunc(all, func(m mutants.Mutant) bool { return m.Name == name })
	}
	if len(f.only) > 0 {
		var out []mutants.Mutant
		for _, name := range f.only {
			i := named(name)
			if i < 0 {
				return nil, fmt.Errorf("--only %s: there is no such mutant\nSee: aisle sim mutants --list", name)
			}
			out = append(out, all[i])
		}
		return out, nil
	}
	if f.count < 0 {
		return nil, errors.New("--count: not less than 0")
	}
	at := 0
	if f.from != "" {
		if at = named(f.from); at < 0 {
			n, err := strconv.ParseUint(f.from, 10, 31)
			if err != nil {
				return nil, fmt.Errorf("--from %s: there is no such mutant, and it is no number\nSee: aisle sim mutants --list", f.from)
			}
			at = int(n) % len(all)
		}
	}
	if f.count == 0 || f.count > len(all) {
		if f.from != "" && f.count == 0 {
			return all[at:], nil
		}
		f.count = len(all)
	}
	out := make([]mutants.Mutant, f.count)
	for i := range out {
		out[i] = all[(at+i)%len(all)]
	}
	return out, nil
}
