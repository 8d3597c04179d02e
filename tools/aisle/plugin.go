package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
)

func newPlugin() *cobra.Command {
	return group("plugin", "Look at the plugins of a store, swap one, start one again",
		"  aisle plugin list examples/corner --schema\n  aisle plugin upgrade shelfsense --data DATA", newPluginList(), newPluginLock(), newPluginUpgrade(), newPluginRelease(),
		newPluginPack(), newPluginKeygen(), newPluginSign(), newPluginPublish(), newPluginInstall())
}

func newPluginList() *cobra.Command {
	var schema, asJSON bool
	var given values
	c := &cobra.Command{
		Use:   "list [DIR]",
		Short: "List a store's plugins, what they drive, and how that is configured",
		Long: "List builds the plugins of the store in DIR (default: here), starts each for a moment and shows what it says\n" +
			"of itself. With --schema it shows what may stand in the config block of each driver.",
		Example: "  aisle plugin list examples/corner\n  aisle plugin list examples/corner --schema",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			vars, err := given.variables()
			if err != nil {
				return err
			}
			listed, err := describeAll(c, dir, vars, &given)
			if err != nil {
				return err
			}
			if asJSON {
				for _, l := range listed {
					if err := object(c.OutOrStdout(), l); err != nil {
						return err
					}
				}
				return nil
			}
			for _, l := range listed {
				l.print(c.OutOrStdout(), schema)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&schema, "schema", false, "show the attributes of each driver's config block")
	c.Flags().BoolVar(&asJSON, "json", false, "one object a line, schemas included")
	given.flags(c)
	return c
}

// listed is one plugin of a store.
type listed struct {
	Name    string            `json:"name"`
	Source  string            `json:"source"`
	Wanted  string            `json:"wanted,omitempty"`
	Product string            `json:"product"`
	Version string            `json:"version"`
	Drivers []host.DriverInfo `json:"drivers"`
	// Needs is what its manifest asks for of the machine.
	Needs []string `json:"needs"`
}

func describeAll(c *cobra.Command, dir string, vars map[string]string, given *values) (all []listed, err error) {
	def, problems := storefile.Load(dir, &storefile.Options{Store: given.store, Vars: vars, VarFiles: given.files})
	if problems.HasErrors() {
		return nil, printProblems(c.ErrOrStderr(), dir, problems)
	}
	b := build.New(&build.Options{Progress: func(p build.Progress) {
		if !p.Done {
			fmt.Fprintf(c.ErrOrStderr(), "Building %s %s ...\n", p.Kind, p.Name)
		}
	}})
	s := supervisor.New(nil)
	defer func() {
		if closing := s.Close(); err == nil {
			err = closing
		}
	}()
	for _, p := range def.Store.Plugins {
		path, err := b.Binary(c.Context(), def.Dir, "plugin", p.Name, p.Source)
		if err != nil {
			return nil, err
		}
		d, err := s.Describe(c.Context(), supervisor.Spec{Name: p.Name, Path: path})
		if err != nil {
			return nil, err
		}
		all = append(all, listed{p.Name, p.Source, p.Version, d.Name, d.Version, d.Drivers, append([]string{}, sandbox.Needed(d.Needs)...)})
	}
	return all, nil
}

func (l listed) print(w io.Writer, schema bool) {
	fmt.Fprintf(w, "%s: %s %s, from %s\n", l.Name, l.Product, l.Version, l.Source)
	if len(l.Needs) > 0 {
		fmt.Fprintf(w, "  needs %s\n", strings.Join(l.Needs, ", "))
	}
	for _, d := range l.Drivers {
		fmt.Fprintf(w, "  %-24s %-12s %s\n", l.Name+"."+d.Name, d.Class, d.Doc)
		if schema {
			printSchema(w, d.Schema, "      ")
			if d.Processing != nil {
				fmt.Fprintf(w, "      can %s\n", strings.Join(abilities(store.Processing(*d.Processing)), "\n          "))
			}
		}
	}
}

func printSchema(w io.Writer, s config.Schema, indent string) {
	for _, a := range s.Attributes {
		facts := []string{a.Type.String()}
		switch {
		case a.Required:
			facts = append(facts, "required")
		case a.Default != nil && !a.Sensitive:
			facts = append(facts, "default "+written(a))
		}
		if a.Access != config.AccessNone {
			facts = append(facts, "access "+a.Access.String())
		}
		if a.Sensitive {
			facts = append(facts, "by reference")
		}
		if len(a.OneOf) > 0 {
			facts = append(facts, "one of "+strings.Join(a.OneOf, " "))
		}
		fmt.Fprintf(w, "%s%-16s %s (%s)\n", indent, a.Name, a.Doc, strings.Join(facts, ", "))
	}
	for _, b := range s.Blocks {
		fmt.Fprintf(w, "%s%s { }  %s\n", indent, b.Name, b.Doc)
		printSchema(w, b.Schema, indent+strings.Repeat(" ", 4))
	}
}

// written gives an attribute's default as it is written in a store file.
func written(a config.Attribute) string {
	n, err := strconv.ParseInt(string(a.Default), 10, 64)
	switch {
	case err != nil:
	case a.Type == config.TypeDuration:
		return strconv.Quote(time.Duration(n).String())
	case a.Type == config.TypeMass:
		return strconv.Quote(measure.Mass(n).String())
	}
	return string(a.Default)
}
