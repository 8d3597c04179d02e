package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/config"
)

// page is one page of a manual.
type page struct{ name, text string }

func newDocs() *cobra.Command {
	var out, plugin string
	var given values
	c := &cobra.Command{
		Use:   "docs [DIR]",
		Short: "Write the reference: a page for each block type, and for each plugin of a store",
		Long: "Docs writes Markdown: a page for each block type of the store language, of fleets and of tests, and one for its\n" +
			"functions; with a store's folder, a page for each of its plugins too, of the schemas beside its lock. It builds and starts nothing.\n" +
			"Pages go to stdout one after the other, or with --out into a folder.",
		Example: "  aisle docs --out manual examples/corner\n  aisle docs --plugin nordgate examples/corner",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var pages []page
			if plugin == "" {
				pages = languagePages()
			}
			if len(args) == 1 {
				vars, err := given.variables()
				if err != nil {
					return err
				}
				d, _, err := store.Validate(c.Context(), args[0], vars, &store.ValidateOptions{Store: given.store, VarFiles: given.files, NoPlugins: true})
				if err != nil {
					return err
				}
				of, err := pluginPages(d, plugin)
				if err != nil {
					return err
				}
				pages = append(pages, of...)
			} else if plugin != "" {
				return fmt.Errorf("aisle docs: --plugin needs the folder of a store that has it")
			}
			return writePages(c.OutOrStdout(), out, pages)
		},
	}
	given.flags(c)
	c.Flags().StringVar(&out, "out", "", "write a file for each page into this `folder`")
	c.Flags().StringVar(&plugin, "plugin", "", "the page of this plugin alone, by `NAME`")
	return c
}

func writePages(w io.Writer, dir string, pages []page) error {
	for i, p := range pages {
		if dir == "" {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if _, err := io.WriteString(w, p.text); err != nil {
				return err
			}
			continue
		}
		at := filepath.Join(dir, filepath.FromSlash(p.name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(at, []byte(p.text), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(w, at)
	}
	return nil
}

func languagePages() []page {
	var pages []page
	for _, kind := range []struct {
		dir, of string
		blocks  []storefile.BlockDoc
	}{{"blocks", "", storefile.Language()}, {"fleets", ", in a fleet's file", storefile.FleetLanguage()}, {"tests", ", in a test's file", storefile.TestLanguage()}} {
		for _, b := range kind.blocks {
			var w bytes.Buffer
			fmt.Fprintf(&w, "# %s%s\n\n", b.Name, kind.of)
			blockPage(&w, b, 2, kind.of == "")
			pages = append(pages, page{kind.dir + "/" + b.Name + ".md", w.String()})
		}
	}
	var w bytes.Buffer
	w.WriteString("# Functions\n\n| function | what it does |\n|---|---|\n")
	for _, f := range storefile.FunctionDocs() {
		fmt.Fprintf(&w, "| `%s` | %s |\n", f.Signature(), oneCell(f.Doc))
	}
	return append(pages, page{"functions.md", w.String()})
}

// blockPage writes of a block; whole says that modules have it only if they may.
func blockPage(w io.Writer, b storefile.BlockDoc, depth int, whole bool) {
	fmt.Fprintf(w, "%s\n\n```hcl\n%s\n```\n", b.Doc, b.Example)
	var facts []string
	if b.Label != "" {
		facts = append(facts, "It is followed by its "+b.Label+".")
	}
	if b.Once {
		facts = append(facts, "A store has at most one.")
	}
	if !b.Modular && depth == 2 && whole {
		facts = append(facts, "It is the whole store's: modules have none.")
	}
	if len(facts) > 0 {
		fmt.Fprintf(w, "\n%s\n", strings.Join(facts, " "))
	}
	if len(b.Arguments) > 0 {
		fmt.Fprintf(w, "\n| argument | takes | what it is | if left out |\n|---|---|---|---|\n")
		for _, a := range b.Arguments {
			takes, otherwise := a.Form, a.Default
			if len(a.Words) > 0 {
				takes += ": " + strings.Join(a.Words, ", ")
			}
			if a.Required {
				otherwise = "required"
			}
			fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", a.Name, oneCell(takes), oneCell(a.Doc), oneCell(otherwise))
		}
	}
	for _, inner := range b.Blocks {
		fmt.Fprintf(w, "\n%s %s\n\n", strings.Repeat("#", depth), inner.Name)
		blockPage(w, inner, depth+1, whole)
	}
}

// pluginPages are of a store's plugins, or of one, as far as its lock knows them.
func pluginPages(d *storefile.Definition, only string) ([]page, error) {
	known := store.Known(d)
	var pages []page
	for _, p := range d.Store.Plugins {
		if only != "" && p.Name != only {
			continue
		}
		names, ok := known.Drivers(p.Name)
		if !ok {
			return nil, fmt.Errorf("aisle docs: what plugin %q takes is not known; write it down with: aisle plugin lock %s", p.Name, quoted(d.Dir))
		}
		var w bytes.Buffer
		fmt.Fprintf(&w, "# Plugin %s\n\nSource: `%s`.\n", p.Name, p.Source)
		for _, name := range names {
			schema, class, _ := known.Driver(p.Name, name)
			fmt.Fprintf(&w, "\n## %s.%s\n\n", p.Name, name)
			if docs, ok := known.(storefile.DriverDocs); ok && docs.DriverDoc(p.Name, name) != "" {
				fmt.Fprintf(&w, "%s ", inLine(docs.DriverDoc(p.Name, name)))
			}
			fmt.Fprintf(&w, "A driver of class `%s`. Its config block:\n", class)
			schemaPage(&w, schema, 3)
		}
		pages = append(pages, page{"plugins/" + p.Name + ".md", w.String()})
	}
	if only != "" && len(pages) == 0 {
		return nil, fmt.Errorf("aisle docs: the store has no plugin %q", only)
	}
	return pages, nil
}

func schemaPage(w io.Writer, s config.Schema, depth int) {
	if len(s.Attributes)+len(s.Blocks) == 0 {
		fmt.Fprintf(w, "\nIt takes nothing.\n")
		return
	}
	if len(s.Attributes) > 0 {
		fmt.Fprintf(w, "\n| argument | takes | what it is | if left out |\n|---|---|---|---|\n")
	}
	for _, a := range s.Attributes {
		takes, otherwise := a.Type.String(), ""
		if len(a.OneOf) > 0 {
			takes += ": " + strings.Join(a.OneOf, ", ")
		}
		if a.Min != nil {
			takes += fmt.Sprintf(", at least %d", *a.Min)
		}
		if a.Max != nil {
			takes += fmt.Sprintf(", at most %d", *a.Max)
		}
		if a.Sensitive {
			takes += ", by reference: secret(...)"
		}
		switch {
		case a.Required:
			otherwise = "required"
		case a.Default != nil:
			otherwise = "`" + string(a.Default) + "`"
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", a.Name, oneCell(takes), oneCell(a.Doc), oneCell(otherwise))
	}
	for _, b := range s.Blocks {
		fmt.Fprintf(w, "\n%s %s\n\n%s\n", strings.Repeat("#", min(depth, 6)), b.Name, b.Doc)
		schemaPage(w, b.Schema, depth+1)
	}
}

// oneCell is text in a cell of a table: on one line, its bars escaped.
func oneCell(s string) string { return strings.ReplaceAll(inLine(s), "|", `\|`) }

// inLine is text on one line.
func inLine(s string) string { return strings.Join(strings.Fields(s), " ") }
