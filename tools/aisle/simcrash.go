package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/simulate/crash"
)

// crashFlags are those of aisle sim crash.
type crashFlags struct {
	points, journeys int
	from             uint64
	only, results    string
	asJSON           bool
}

func newSimCrash() *cobra.Command {
	var f crashFlags
	c := &cobra.Command{
		Use: "crash", Short: "Cut the power at every operation of the journal on the disk, and look what is left",
		Long: "Writes journeys of money through the real journal on a FUSE file system that keeps apart what is durable and\n" +
			"what is not, and recovers from what a power cut at each of its operations could leave: all of what was not\n" +
			"synced, none of it, the last write torn, any of it in any order, flipped bits; again from a power cut during that\n" +
			"recovery; and has the disk answer with errors. It looks that everything acknowledged is there, unchanged and in\n" +
			"order, and nothing else. It needs /dev/fuse, and root or fusermount3. It ends with one JSON object; exit code 1\n" +
			"says that something was lost or made up.",
		Example: "  aisle sim crash --points 25000\n  aisle sim crash --points 250000 --from 1000 --results crash.json --json",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			return f.run(c.Context(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	fs := c.Flags()
	fs.IntVar(&f.points, "points", 2500, "how many power cuts and errors")
	fs.IntVar(&f.journeys, "journeys", 0, fmt.Sprintf("how many journeys they are spread over; 0 is %d, and more for many points", crash.LeastJourneys))
	fs.Uint64Var(&f.from, "from", 1, "the first journey's seed")
	fs.StringVar(&f.only, "point", "", "nothing but this `POINT`, as it was printed")
	fs.StringVar(&f.results, "results", "", "a file to which the totals are added")
	fs.BoolVar(&f.asJSON, "json", false, "nothing but the last object on stdout")
	return c
}

func (f *crashFlags) run(ctx context.Context, stdout, stderr io.Writer) error {
	if f.points < 1 || f.journeys < 0 {
		return errors.New("--points: at least 1; --journeys: 0 or more")
	}
	o := crash.Options{Points: f.points, From: f.from, Journeys: f.journeys, Only: f.only}
	told := time.Now()
	if terminal(stderr) {
		o.Progress = func(r crash.Result) {
			if time.Since(told) > progressEvery {
				told = time.Now()
				fmt.Fprintf(stderr, "\r%d of %d points, %d journeys, %d violations \x1b[K", r.Points, f.points, r.Journeys, r.Violations)
			}
		}
	}
	r, err := crash.Run(ctx, o)
	if o.Progress != nil {
		fmt.Fprint(stderr, "\r\x1b[K")
	}
	if err != nil {
		return fmt.Errorf("sim crash: %w", err)
	}
	for _, v := range r.Findings {
		fmt.Fprintf(stderr, "%s\n  replay: aisle sim crash --point %s\n", v.What, v.Point)
	}
	if !f.asJSON {
		fmt.Fprintf(stdout, "%s at %d of %d operations of %s: %d different images, %d points during a recovery, %d errors, %d violations, %.0f points/s.\n",
			count(r.Points, "point"), r.Cut, r.Operations, count(r.Journeys, "journey"), r.Distinct, r.Depth2, r.Errors, r.Violations, float64(r.Points)/max(r.Seconds, 0.001))
	}
	if f.results != "" && f.only == "" {
		if err := addCrashResults(f.results, r); err != nil {
			return fmt.Errorf("--results: %w", err)
		}
	}
	if err := object(stdout, r); err != nil {
		return err
	}
	if r.Violations > 0 {
		return errTold
	}
	return nil
}

// addCrashResults adds a run's totals to those in a file.
func addCrashResults(path string, r crash.Result) error {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		var old crash.Result
		if err := json.Unmarshal(b, &old); err != nil {
			return fmt.Errorf("%s holds something else: %w", path, err)
		}
		if r, err = crash.Add(old, r); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return writeWhole(path, r)
}

// writeWhole writes v as JSON in place of a file, so that nobody ever finds half
// of it.
func writeWhole(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(b, '\n'))
	if err = errors.Join(err, tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return os.Rename(tmp.Name(), path)
}
