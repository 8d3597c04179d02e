package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/hcl/storefile"
)

func newInit() *cobra.Command {
	var example string
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Begin a store of your own from one of the examples",
		Long: "Init copies an example into a new folder, so that it runs there as it does in Aisle's source tree, on simulated\n" +
			"devices and without a network, and says what to do next. Without --example it lists the examples. The simulated\n" +
			"devices are built from Aisle's source tree, so it is run within it.",
		Example: "  aisle init --example corner /tmp/shop\n  aisle init",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := corner()
			if err != nil {
				return fmt.Errorf("aisle init: %w", err)
			}
			examples := filepath.Dir(at)
			names, err := exampleNames(examples)
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
			if err := copyExample(filepath.Join(examples, example), args[0]); err != nil {
				return fmt.Errorf("aisle init: %w", err)
			}
			return sayNext(c, example, args[0])
		},
	}
	c.Flags().StringVar(&example, "example", "", "which, by `NAME`")
	_ = c.RegisterFlagCompletionFunc("example", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		if at, err := corner(); err == nil {
			names, _ := exampleNames(filepath.Dir(at))
			return names, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	})
	return c
}

// exampleNames lists the folders of examples that hold store files.
func exampleNames(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"+storefile.Extension))
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s holds no examples", dir)
	}
	return slices.Compact(names), err
}

// source is an argument that may name a path out of the example.
var source = regexp.MustCompile(`(source\s*=\s*")(\.\.?/[^"]*)(")`)

// copyExample copies a folder of store files into a new one. Paths that lead out
// of it lead to the same places from there.
func copyExample(from, to string) error {
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty; give a folder that is not there yet", to)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	from, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	if to, err = filepath.Abs(to); err == nil {
		to, err = filepath.EvalSymlinks(to)
	}
	if err != nil {
		return err
	}
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if e.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if !e.Type().IsRegular() || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, storefile.Extension) {
			b = source.ReplaceAllFunc(b, func(m []byte) []byte {
				parts := source.FindSubmatch(m)
				out := filepath.Join(filepath.Dir(path), filepath.FromSlash(string(parts[2])))
				if in, err := filepath.Rel(from, out); err != nil || filepath.IsLocal(in) {
					return m
				}
				way, err := filepath.Rel(filepath.Dir(target), out)
				if err != nil {
					return m
				}
				return []byte(string(parts[1]) + filepath.ToSlash(way) + string(parts[3]))
			})
		}
		return os.WriteFile(target, b, 0o644)
	})
}

// sayNext says what to do with a store that is new.
func sayNext(c *cobra.Command, example, dir string) error {
	data := strings.TrimRight(dir, `/\`) + ".data"
	run := fmt.Sprintf("%s run %s --data %s --http 127.0.0.1:8080", self(), quoted(dir), quoted(data))
	if f, problems := storefile.LoadFleet(dir, nil); storefile.IsFleet(dir) && !problems.HasErrors() && len(f.Stores) > 0 {
		run = fmt.Sprintf("%s run %s --store %s --data %s --http 127.0.0.1:8080", self(), quoted(dir), f.Stores[0].ID, quoted(data))
	} else if _, problems := storefile.Load(dir, nil); problems.HasErrors() {
		for _, p := range problems {
			if p.Code == "no_value" {
				run += " --var NAME=VALUE   # " + p.Summary
				break
			}
		}
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s is a copy of the example %s. Next:\n\n  %s validate %s\n  %s\n", dir, example, self(), quoted(dir), run)
	return err
}
