package storetest

import (
	"context"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/hcl/storefile"
)

// Options say which runs are run and how. Nil is the default: all of them, as
// many at once as there are processors.
type Options struct {
	// Files are the names of the test files to run, Run the names of the runs; nil
	// for all.
	Files []string
	Run   *regexp.Regexp
	// Parallel is how many runs are run at once.
	Parallel int
}

// Run runs tests. The error is ctx's.
func Run(ctx context.Context, tests *storefile.Tests, o *Options) (*Report, error) {
	if o == nil {
		o = &Options{}
	}
	var picked []*storefile.TestRun
	for _, r := range tests.Runs {
		if (o.Files == nil || slices.Contains(o.Files, r.File)) && (o.Run == nil || o.Run.MatchString(r.Name)) {
			picked = append(picked, r)
		}
	}
	results := make([]Result, len(picked))
	parallel := o.Parallel
	if parallel <= 0 {
		parallel = runtime.GOMAXPROCS(0)
	}
	var wait sync.WaitGroup
	turn := make(chan struct{}, parallel)
	for i, r := range picked {
		wait.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if ctx.Err() == nil {
				results[i] = one(ctx, r)
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	report := &Report{Dir: tests.Dir, Results: results, Skipped: len(tests.Runs) - len(picked)}
	for i := range results {
		report.count(results[i].Status)
	}
	return report, nil
}

// one runs one run.
func one(ctx context.Context, r *storefile.TestRun) Result {
	began := time.Now()
	out := Result{Name: r.Name, File: r.File, Place: r.Place}
	script, problems := r.Load()
	switch {
	case problems.HasErrors():
		out.Status, out.Problems = StatusError, problems
	case script.Expected != nil || script.Refused.HasErrors():
		if unmet := script.Unmet(); unmet.HasErrors() {
			out.Status, out.Problems = StatusFail, unmet
			if script.Expected == nil {
				out.Status = StatusError
			}
		}
	default:
		w := newWorld(script)
		out.Problems = append(problems, w.run(ctx)...)
		out.Status = w.status
		out.Story = w.story
		out.Lasted = w.now.Sub(w.start)
	}
	if out.Status == "" {
		out.Status = StatusPass
	}
	out.Took = time.Since(began)
	return out
}
