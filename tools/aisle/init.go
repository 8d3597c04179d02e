package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/examples"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

func newInit() *cobra.Command {
	var example, programs string
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Begin a store of your own from one of the examples",
		Long: "Init copies an example into a new folder, so that it runs there on simulated devices and without a network, and\n" +
			"says what to do next. Without --example it lists the examples. The command holds the examples itself. The programs\n" +
			"of the simulated devices are taken, in this order, from the folder that --programs names; from the one in which\n" +
			"this command is; or from Aisle's source tree, of which the working directory is a part or from which this command\n" +
			"was built. Programs are copied into the store's folder and locked; of a source tree, they are built at the start.",
		Example: "  aisle init --example corner /tmp/shop\n  aisle init --example corner --programs /opt/aisle /tmp/shop\n  aisle init",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			names, err := exampleNames()
			if err != nil {
				return fmt.Errorf("aisle init: %w", err)
			}
			switch {
			case example == "" && len(args) == 0:
				fmt.Fprintf(c.OutOrStdout(), "The examples are %s. Take one: %s init --example %s DIR\n", strings.Join(names, ", "), self(), names[0])
				return nil
			case example == "":
				return fmt.Errorf("aisle init: which example? --example is one of %s", strings.Join(names, ", "))
			case !slices.Contains(names, example):
				return fmt.Errorf("aisle init: there is no example %q; there is: %s", example, strings.Join(names, ", "))
			case len(args) == 0:
				return errors.New("aisle init: the folder to make is missing\nTry: aisle init --help")
			}
			made, err := copyExample(example, args[0], programs)
			if err != nil {
				return fmt.Errorf("aisle init: %w", err)
			}
			for _, dir := range made.locked {
				r, problems, err := store.Lock(c.Context(), dir, nil, nil)
				if err == nil && r.File != "" {
					err = r.Write()
				}
				if err != nil {
					return fmt.Errorf("aisle init: %w", err)
				}
				if r.File == "" {
					return printProblems(c.ErrOrStderr(), dir, problems)
				}
			}
			return sayNext(c, example, args[0], made.from)
		},
	}
	c.Flags().StringVar(&example, "example", "", "which, by `NAME`")
	c.Flags().StringVar(&programs, "programs", "", "the `folder` of the programs of its plugins and peers, or Aisle's source tree")
	_ = c.RegisterFlagCompletionFunc("example", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		names, _ := exampleNames()
		return names, cobra.ShellCompDirectiveNoFileComp
	})
	return c
}

// exampleNames lists the examples: the folders that hold store files.
func exampleNames() ([]string, error) {
	files, err := fs.Glob(examples.Files, "*/*"+storefile.Extension)
	var names []string
	for _, f := range files {
		names = append(names, path.Dir(f))
	}
	return slices.Compact(names), err
}

// sayNext says what to do with a store that is new.
func sayNext(c *cobra.Command, example, dir, from string) error {
	data := strings.TrimRight(dir, `/\`) + ".data"
	validate := fmt.Sprintf("%s validate %s", self(), quoted(dir))
	run := fmt.Sprintf("%s run %s --data %s --http 127.0.0.1:8080", self(), quoted(dir), quoted(data))
	if storefile.IsFleet(dir) { // its shops are for checking and planning: no world is theirs
		run = fmt.Sprintf("%s test %s\n  %s plan %s", self(), quoted(dir), self(), quoted(dir))
	} else if _, problems := storefile.Load(dir, nil); problems.HasErrors() {
		for _, p := range problems {
			if p.Code == "no_value" {
				validate, run = validate+" --var NAME=VALUE", run+" --var NAME=VALUE   # "+p.Summary
				break
			}
		}
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s is a copy of the example %s. Its simulated devices are %s. Next:\n\n  %s\n  %s\n",
		dir, example, filepath.ToSlash(from), validate, run)
	return err
}
