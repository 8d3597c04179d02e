package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/hcl/storefile"
)

func newFmt() *cobra.Command {
	var check, diff, recursive bool
	c := &cobra.Command{
		Use:   "fmt DIR",
		Short: "Lay out the files of a store in the one canonical way",
		Long: "Fmt lays out the .hcl files of a store in the one canonical way and names those it changed.\n" +
			"What they say stays the same, comments too. Fleets, tests and files of values are laid out as well.",
		Example: "  aisle fmt examples/corner\n  aisle fmt --check --diff --recursive examples",
		Args:    needs("the store's folder"),
		RunE: func(c *cobra.Command, args []string) error {
			changed, problems := storefile.FormatDir(args[0], &storefile.FormatOptions{Check: check, Recursive: recursive})
			for _, f := range changed {
				fmt.Fprintln(c.OutOrStdout(), f.Name)
				if diff {
					if _, err := c.OutOrStdout().Write(f.Diff()); err != nil {
						return err
					}
				}
			}
			if err := printProblems(c.ErrOrStderr(), args[0], problems); err != nil {
				return err
			}
			if check && len(changed) > 0 {
				return fmt.Errorf("%s not in the canonical layout; run: aisle fmt %s", are(len(changed)), args[0])
			}
			return nil
		},
	}
	c.Flags().BoolVar(&check, "check", false, "change nothing; exit 1 if a file is not canonical")
	c.Flags().BoolVar(&recursive, "recursive", false, "the folders below too")
	c.Flags().BoolVar(&diff, "diff", false, "show what changes")
	return c
}

func are(files int) string {
	if files == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", files)
}
