package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

// ofFleet are the problems of one store of a fleet.
type ofFleet struct {
	Store    string             `json:"store"`
	Problems storefile.Problems `json:"problems"`
}

// validateFleet checks every store of a fleet. What is wrong at one place in
// many stores is said once, with the stores.
func validateFleet(c *cobra.Command, dir string, vars map[string]string, given *values, o *store.ValidateOptions, asJSON bool) error {
	told := &teller{w: c.ErrOrStderr()}
	if asJSON {
		told.w = io.Discard
	}
	o.VarFiles, o.Progress = given.files, told.progress
	f, problems, err := store.ValidateFleet(c.Context(), dir, vars, o, func(s storefile.FleetStore, ps storefile.Problems) error {
		if asJSON {
			return object(c.OutOrStdout(), ofFleet{s.ID, ps})
		}
		return nil
	})
	if err != nil {
		return err
	}
	all := problems.Fleet
	all = append(all, problems.Grouped()...)
	if asJSON {
		if len(problems.Fleet) > 0 {
			err = object(c.OutOrStdout(), ofFleet{"", problems.Fleet})
		}
		if err == nil && all.HasErrors() {
			err = errTold
		}
		return err
	}
	if err := printProblems(c.ErrOrStderr(), dir, all); err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "A good fleet of %s: %s.\n", count(len(f.Stores), "store"), strings.Join(someOf(f), ", "))
	return nil
}

// someOf names the first stores of a fleet.
func someOf(f *storefile.Fleet) []string {
	const most = 5
	var ids []string
	for i, s := range f.Stores {
		if i == most {
			return append(ids, "...")
		}
		ids = append(ids, s.ID)
	}
	return ids
}
