package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
)

func newPluginLock() *cobra.Command {
	var check, asJSON bool
	var given values
	var ca string
	c := &cobra.Command{
		Use:   "lock DIR",
		Short: "Write down what a store's plugins are, so that it is checked without them",
		Long: "Lock builds the plugins of the store in DIR, asks each what it is, and writes store.lock.hcl: its exact version,\n" +
			"the digest of its schema and the checksums of its programs. The schemas go beside it, into .aisle/schemas. Commit\n" +
			"both. From then on aisle validate starts nothing, and a plugin that is another is not started. This is the only\n" +
			"command that changes an entry.\n\n" +
			"--check writes nothing and ends with 1 where the lock is not what it would write.",
		Example: "  aisle plugin lock examples/corner\n  aisle plugin lock examples/corner --check",
		Args:    needs("the store's folder"),
		RunE: func(c *cobra.Command, args []string) error {
			vars, err := given.variables()
			if err != nil {
				return err
			}
			told := &teller{w: c.ErrOrStderr()}
			if asJSON {
				told.w = io.Discard
			}
			r, problems, err := store.Lock(c.Context(), args[0], vars, &store.ValidateOptions{Store: given.store, VarFiles: given.files, CA: ca, Progress: told.progress})
			if err != nil {
				return err
			}
			if r.File == "" { // the problems say why
				return printProblems(c.ErrOrStderr(), args[0], problems)
			}
			return printLock(c, args[0], &r, check, asJSON)
		},
	}
	caFlag(c, &ca)
	c.Flags().BoolVar(&check, "check", false, "write nothing; end with 1 where something would be written")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	given.flags(c)
	return c
}

func printLock(c *cobra.Command, dir string, r *store.LockResult, check, asJSON bool) error {
	if !check {
		if err := r.Write(); err != nil {
			return err
		}
	}
	if asJSON {
		out := struct {
			File    string   `json:"file"`
			Plugins int      `json:"plugins"`
			Differs []string `json:"differs"`
		}{r.File, len(r.Plugins), append([]string{}, r.Differs...)}
		if err := object(c.OutOrStdout(), out); err != nil {
			return err
		}
	} else {
		w := c.OutOrStdout()
		if check {
			w = c.ErrOrStderr()
		}
		for _, d := range r.Differs {
			fmt.Fprintln(w, d)
		}
		switch {
		case len(r.Differs) == 0:
			fmt.Fprintf(c.OutOrStdout(), "The lock holds %s, and is as it must be.\n", count(len(r.Plugins), "plugin"))
		case check:
			fmt.Fprintf(w, "The lock is not what the plugins are. If they are what this store shall run: aisle plugin lock %s\n", quoted(dir))
		default:
			fmt.Fprintf(w, "Wrote %s: %s.\n", r.File, count(len(r.Plugins), "plugin"))
		}
	}
	if check && len(r.Differs) > 0 {
		return errTold
	}
	return nil
}
