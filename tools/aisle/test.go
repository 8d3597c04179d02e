package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/storetest"
	"github.com/openaisle/aisle/hcl/storefile"
)

// storyShown is how many of the last lines of a story are shown with a run that
// did not pass.
const storyShown = 40

func newTest() *cobra.Command {
	var o testFlags
	c := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run the tests beside a store's files",
		Long: "Test runs the runs of every .storetest.hcl file in a store's folder and in its folder tests: scripted visits on\n" +
			"made-up devices in virtual time, through the store's own rules, with asserts on carts, receipts, asks and alerts.\n" +
			"Nothing of a vendor's is started. The exit code is 0 where all of them pass and else 1.",
		Example: "  aisle test examples/corner\n  aisle test examples/corner --run 'card|palm' --story\n  aisle test --json --junit report.xml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return o.run(c, dir)
		},
	}
	c.Flags().BoolVar(&o.json, "json", false, "one object; the problems of each run in the shape of validate --json")
	c.Flags().StringVar(&o.junit, "junit", "", "write a JUnit report into a `file`, for CI")
	c.Flags().StringArrayVar(&o.filter, "filter", nil, "only test files of that `name`, or that match it as a pattern such as 'tests/*'")
	c.Flags().StringVar(&o.pattern, "run", "", "only runs whose names match a regular `expression`")
	c.Flags().IntVar(&o.parallel, "parallel", 0, "how many runs are run at once; 0 for as many as there are processors")
	c.Flags().BoolVar(&o.story, "story", false, "say of each run what happened in it")
	o.given.flags(c)
	return c
}

type testFlags struct {
	json, story    bool
	junit, pattern string
	filter         []string
	parallel       int
	given          values
}

func (o *testFlags) run(c *cobra.Command, dir string) error {
	vars, err := o.given.variables()
	if err != nil {
		return err
	}
	run := &storetest.Options{Parallel: o.parallel}
	if o.pattern != "" {
		if run.Run, err = regexp.Compile(o.pattern); err != nil {
			return fmt.Errorf("--run: %w", err)
		}
	}
	tests, problems := storefile.LoadTests(dir, &storefile.TestOptions{Vars: vars, VarFiles: o.given.files, Store: o.given.store, Schemas: store.LockedSchemas})
	if len(tests.Files) == 0 && !problems.HasErrors() {
		return fmt.Errorf("%s holds no %s files, nor does its folder %s", dir, storefile.TestExtension, storefile.TestFolder)
	}
	if run.Files, err = o.files(tests.Files); err != nil {
		return err
	}
	report, err := storetest.Run(c.Context(), tests, run)
	if err != nil {
		return err
	}
	report.Problems = problems
	if len(report.Results) == 0 && !problems.HasErrors() {
		return fmt.Errorf("no run of %s is asked for; there are %s", dir, count(len(tests.Runs), "run"))
	}
	if err := o.writeJUnit(report); err != nil {
		return err
	}
	if o.json {
		if err := object(c.OutOrStdout(), report); err != nil {
			return err
		}
	} else {
		o.print(c, report)
	}
	if !report.OK() {
		return errTold
	}
	return nil
}

// files picks the test files that --filter names; nil for all.
func (o *testFlags) files(all []string) ([]string, error) {
	if len(o.filter) == 0 {
		return nil, nil
	}
	picked := []string{}
	for _, f := range o.filter {
		n := len(picked)
		for _, name := range all {
			match, err := path.Match(f, name)
			if err != nil {
				return nil, fmt.Errorf("--filter %q: %w", f, err)
			}
			if match || name == f || path.Base(name) == f || strings.TrimSuffix(path.Base(name), storefile.TestExtension) == f {
				picked = append(picked, name)
			}
		}
		if len(picked) == n {
			return nil, fmt.Errorf("--filter %q: no test file is called so; there is %s", f, strings.Join(all, ", "))
		}
	}
	return picked, nil
}

// print writes the report for people: a line for each run, and of those that did
// not pass what is wrong and what happened.
func (o *testFlags) print(c *cobra.Command, r *storetest.Report) {
	w := c.OutOrStdout()
	_ = storefile.Print(c.ErrOrStderr(), r.Problems, colour(c.ErrOrStderr()))
	file := ""
	for i := range r.Results {
		x := &r.Results[i]
		if x.File != file {
			file = x.File
			fmt.Fprintln(w, file)
		}
		fmt.Fprintf(w, "  %s %s (%s)\n", status(w, x.Status), x.Name, x.Took.Round(100*time.Microsecond))
		if len(x.Problems) > 0 {
			_ = storefile.Print(w, x.Problems, colour(w))
		}
		if o.story || x.Status != storetest.StatusPass && len(x.Story) > 0 {
			writeStory(w, x.Story, o.story)
		}
	}
	fmt.Fprintf(w, "%d passed, %d failed", r.Passed, r.Failed)
	if r.Errors > 0 {
		fmt.Fprintf(w, ", %d in error", r.Errors)
	}
	if r.Skipped > 0 {
		fmt.Fprintf(w, ", %d not asked for", r.Skipped)
	}
	fmt.Fprintln(w, ".")
}

func status(w io.Writer, s storetest.Status) string {
	style := "\x1b[31m"
	if s == storetest.StatusPass {
		style = "\x1b[32m"
	}
	if !colour(w) {
		return string(s)
	}
	return style + string(s) + "\x1b[0m"
}

func writeStory(w io.Writer, story []storetest.Line, whole bool) {
	fmt.Fprintln(w, "    What happened:")
	if n := len(story) - storyShown; n > 0 && !whole {
		fmt.Fprintf(w, "      ... %d lines before; --story shows them\n", n)
		story = story[n:]
	}
	for _, l := range story {
		fmt.Fprintln(w, "    "+l.String())
	}
	fmt.Fprintln(w)
}

func (o *testFlags) writeJUnit(r *storetest.Report) error {
	if o.junit == "" {
		return nil
	}
	var b bytes.Buffer
	err := r.JUnit(&b, func(x *storetest.Result) string {
		var text strings.Builder
		_ = storefile.Print(&text, x.Problems, false) // a builder takes everything
		return text.String()
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.junit, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}
