package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

func newValidate() *cobra.Command {
	var asJSON, noPlugins, offline bool
	var given values
	var ca string
	c := &cobra.Command{
		Use:   "validate DIR",
		Short: "Check a store's files, all of them at once",
		Long: "Validate reads every .hcl file of a store and shows all that is wrong: where, why and what to do. What the\n" +
			"plugins want in their config blocks it reads from beside the store's lock (aisle plugin lock), so that it runs\n" +
			"nothing of a vendor's and needs no network. Without a lock it builds and asks them; with --offline it never\n" +
			"does. No device is opened.",
		Example: "  aisle validate examples/corner\n  aisle validate examples/recorded-shelf --var recording=/data/aim3s-shelf-recording --json",
		Args:    needs("the store's folder"),
		RunE: func(c *cobra.Command, args []string) error {
			vars, err := given.variables()
			if err != nil {
				return err
			}
			if given.store == "" && storefile.IsFleet(args[0]) {
				return validateFleet(c, args[0], vars, &given, &store.ValidateOptions{NoPlugins: noPlugins, Offline: offline}, asJSON)
			}
			told := &teller{w: c.ErrOrStderr()}
			if asJSON {
				told.w = io.Discard
			}
			d, problems, err := store.Validate(c.Context(), args[0], vars, &store.ValidateOptions{Store: given.store, VarFiles: given.files, NoPlugins: noPlugins, Offline: offline, CA: ca, Progress: told.progress})
			if err != nil {
				return err
			}
			return printValidation(c, args[0], d, problems, asJSON)
		},
	}
	caFlag(c, &ca)
	c.Flags().BoolVar(&asJSON, "json", false, "one object in the shape of terraform validate -json")
	c.Flags().BoolVar(&noPlugins, "no-plugins", false, "build and start nothing; config blocks are checked for syntax and references alone")
	c.Flags().BoolVar(&offline, "offline", false, "build and start nothing, even where the store has no lock")
	given.flags(c)
	return c
}

func printValidation(c *cobra.Command, dir string, d *storefile.Definition, problems storefile.Problems, asJSON bool) error {
	if asJSON {
		if err := object(c.OutOrStdout(), problems); err != nil {
			return err
		}
		if problems.HasErrors() {
			return errTold
		}
		return nil
	}
	if err := printProblems(c.ErrOrStderr(), dir, problems); err != nil {
		return err
	}
	w := c.OutOrStdout()
	fmt.Fprintf(w, "%s is a good store: %s, %s, %s, %s.\n", d.Store.Name, count(len(d.Files), "file"),
		count(len(d.Store.Plugins), "plugin"), count(len(d.Store.Devices), "device"), count(len(d.Store.Products), "product"))
	if p := storedef.NewIndex(d.Store).Device(d.Store.Settlement.Processor); p != nil && p.Processing != nil {
		fmt.Fprintf(w, "%s can %s.\n", p.Address, strings.Join(abilities(*p.Processing), "; "))
	}
	if n := len(d.Later); n > 0 {
		fmt.Fprintf(w, "The config of %s is checked as far as it is known before the store runs.\n", count(n, "device"))
	}
	if n := len(d.Unchecked); n > 0 {
		fmt.Fprintf(w, "The config of %s could not be checked: %s.\n", count(n, "device"), strings.Join(d.Unchecked, ", "))
	}
	return nil
}
