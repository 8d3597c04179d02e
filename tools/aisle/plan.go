package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storefile"
)

// somethingToDo is the exit code of a plan that would change something.
const somethingToDo exitCode = 2

func newPlan() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Show what apply would change in a running store, or the next start in one that doesn't run",
		Long: "Plan compares the store's files with the store that runs: which devices would be added, opened again, swapped,\n" +
			"moved or removed, and what that does to people inside and to money. It changes nothing, and gives an index with\n" +
			"which apply does just that or nothing. Where the store does not run it says so, and compares with what the\n" +
			"journal of its data folder last adopted, or without one with nothing: all of it is new then.\n\n" +
			"Given a fleet's folder it plans each of its stores, a line each; with --store one of them. The data folders are\n" +
			"those of the fleet's stores that run here, or with --data FOLDER those in it that are named as the stores.\n\n" +
			"Exit codes: 0 nothing to do, 1 an error, 2 something to do.",
		Example: "  aisle plan examples/corner --data /var/lib/aisle/corner\n  aisle plan --json\n" +
			"  aisle plan examples/fleet-140 --data /var/lib/aisle\n  aisle plan examples/fleet-140 --store berlin-01",
		Args: cobra.MaximumNArgs(1),
		RunE: f.run,
	}
	f.dataFlag(c)
	f.given.flags(c)
	c.Flags().BoolVar(&f.asJSON, "json", false, "one object in place of words; of a fleet, one for each store")
	c.Flags().BoolVar(&f.verbose, "verbose", false, "every step, however many there are")
	return c
}

// planFlags is the flags of the command.
type planFlags struct {
	attached
	given           values
	asJSON, verbose bool
}

func (f *planFlags) run(c *cobra.Command, args []string) error {
	vars, err := f.given.variables()
	if err != nil {
		return err
	}
	dir := ""
	if len(args) == 1 {
		dir = args[0]
		if f.given.store == "" && storefile.IsFleet(dir) {
			return f.fleet(c, dir, vars)
		}
	}
	p, err := f.one(c, dir, vars)
	if err != nil {
		return err
	}
	if f.asJSON {
		err = object(c.OutOrStdout(), p)
	} else {
		p.print(c.OutOrStdout(), f.verbose)
	}
	if err != nil {
		return err
	}
	return p.verdict()
}

// signs mark the steps, as in a diff.
var signs = map[control.Action]string{
	control.ActionAdd: "+", control.ActionReopen: "~", control.ActionSwap: "^", control.ActionMove: ">", control.ActionRemove: "-", control.ActionChange: ".",
}

// brieflyShown is how many steps of a kind a plan shows that is not verbose.
const brieflyShown = 20

func printPlan(w io.Writer, p control.Plan, data string, verbose bool) {
	if len(p.Problems) > 0 {
		fmt.Fprintf(w, "The store's files have errors, so there is no plan:\n  %s\n", strings.Join(p.Problems, "\n  "))
		return
	}
	if !p.Changes() {
		fmt.Fprintln(w, "Nothing to do: the store runs as its files say.")
		return
	}
	printSteps(w, p.Steps, verbose)
	for _, e := range p.Effects {
		fmt.Fprintf(w, "%s\n", e)
	}
	if len(p.Restart) > 0 {
		fmt.Fprintf(w, "This can't be taken over while the store runs: %s.\nStop the store and run it again, or undo that.\n", strings.Join(p.Restart, ", "))
		return
	}
	fmt.Fprintf(w, "Plan %s: %s.\nTo carry it out: %s apply --data %s --index %s\n", p.Index, tally(p.Steps), self(), quoted(data), p.Index)
}

func printSteps(w io.Writer, steps []control.Step, verbose bool) {
	shown, left := map[control.Action]int{}, 0
	for _, s := range steps {
		if shown[s.Action]++; !verbose && shown[s.Action] > brieflyShown {
			left++
			continue
		}
		line := fmt.Sprintf("  %s %s", signs[s.Action], s.Address)
		if s.From != "" {
			line = fmt.Sprintf("  %s %s -> %s", signs[s.Action], s.From, s.Address)
		}
		if len(s.What) > 0 {
			line += "  (" + strings.Join(s.What, ", ") + ")"
		}
		fmt.Fprintln(w, line)
	}
	if left > 0 {
		fmt.Fprintf(w, "  ... and %d more; see --verbose\n", left)
	}
}

// tally counts the steps by kind.
func tally(steps []control.Step) string {
	words := []struct {
		a    control.Action
		text string
	}{{control.ActionAdd, "to add"}, {control.ActionReopen, "to open again"}, {control.ActionSwap, "to swap"}, {control.ActionMove, "to move"},
		{control.ActionRemove, "to remove"}, {control.ActionChange, "to change"}}
	var out []string
	for _, x := range words {
		n := 0
		for _, s := range steps {
			if s.Action == x.a {
				n++
			}
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, x.text))
		}
	}
	return strings.Join(out, ", ")
}

// newDrift says in what the files differ from what runs, for a monitor: as plan
// does, and without the words on what to do.
func newDrift() *cobra.Command {
	var a attached
	var asJSON bool
	c := &cobra.Command{
		Use:   "drift",
		Short: "Say in what a store's files differ from what runs",
		Long: "Drift names the parts of a store that are not as its files say, and the files' errors. Exit codes: 0 none, 1 an\n" +
			"error, 2 there is drift. Plan says what taking it over would do.",
		Example: "  aisle drift --data /var/lib/aisle/corner",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			client, _, err := a.client(c.Context())
			if err != nil {
				return err
			}
			d, err := client.Drift(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = object(c.OutOrStdout(), d)
			} else {
				for _, list := range []struct {
					what  string
					names []string
				}{{"error", d.Problems}, {"plugin", d.Replaced}, {"changed", d.Changed}} {
					for _, name := range list.names {
						fmt.Fprintf(c.OutOrStdout(), "%-8s %s\n", list.what, name)
					}
				}
			}
			if err == nil && len(d.Problems)+len(d.Replaced)+len(d.Changed) > 0 {
				err = somethingToDo
			}
			return err
		},
	}
	a.dataFlag(c)
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}
