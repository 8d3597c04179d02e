package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
)

func newPluginUpgrade() *cobra.Command {
	var a attached
	var asJSON, accept bool
	c := &cobra.Command{
		Use:   "upgrade NAME",
		Short: "Swap one plugin of a running store for what its source now is",
		Long: "Upgrade has the running store read its own files again, build the plugin from its source, check its version, and\n" +
			"start it beside the old one. Its devices move over one by one; where one does not become ready, all move back and\n" +
			"the old plugin goes on as if nothing had been. Visits in progress go on. It changes nothing, and says so, where\n" +
			"the program is the one that runs already. Anything else that changed in the store's files is refused, and so is a\n" +
			"version that needs more of this machine than the one that runs, with the list, unless --accept-needs is given.",
		Example: "  aisle plugin upgrade shelfsense --data /var/lib/aisle/corner --reason 'vendor fix 4711'",
		Args:    needs("the plugin's name"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.order(c, asJSON, func(client *control.Client, by control.By) (control.Outcome, error) {
				by.AcceptNeeds = accept
				return client.Upgrade(c.Context(), args[0], by, tellSteps(c))
			})
		},
	}
	a.dataFlag(c)
	a.byFlags(c, "upgrade by hand")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	acceptFlag(c, &accept)
	return c
}

// releaseWait is how long devices are waited for whose plugin was released: it
// has 5 s to start, and its devices as many to open.
const releaseWait = 15 * time.Second

func newPluginRelease() *cobra.Command {
	var a attached
	var asJSON bool
	var wait time.Duration
	c := &cobra.Command{
		Use:   "release NAME",
		Short: "Start a plugin again that crashed too often and was given up",
		Long: "Release closes the circuit of a plugin whose devices are quarantined: it is started again at once. It returns when\n" +
			"they are ready, and where they are not within --wait it says what it waits for and exits with 1. It changes nothing,\n" +
			"and says so, where the plugin was not given up.",
		Example: "  aisle plugin release shelfsense --reason 'cable was loose'",
		Args:    needs("the plugin's name"),
		RunE: func(c *cobra.Command, args []string) error {
			var away []string
			err := a.order(c, asJSON, func(client *control.Client, by control.By) (control.Outcome, error) {
				before, err := client.State(c.Context())
				if err != nil {
					return control.Outcome{}, err
				}
				out, err := client.Release(c.Context(), args[0], by)
				if err == nil && out.Changed {
					away, err = awaitReady(c.Context(), client, args[0], before.Now, wait)
				}
				return out, err
			})
			if err == nil && len(away) > 0 {
				err = fmt.Errorf("its devices are not ready within %v:\n  %s", wait, strings.Join(away, "\n  "))
			}
			return err
		},
	}
	a.dataFlag(c)
	a.byFlags(c, "released by hand")
	c.Flags().DurationVar(&wait, "wait", releaseWait, "for how long its devices are waited for")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

// awaitReady waits until the devices of a plugin are ready, it is given up again
// after it was released, or the time is over, and says how those are that are
// not ready.
func awaitReady(ctx context.Context, client *control.Client, plugin string, released time.Time, most time.Duration) (away []string, err error) {
	late := time.NewTimer(most)
	defer late.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s, err := client.State(ctx)
		if err != nil {
			return nil, err
		}
		p, _ := s.Plugin(plugin)
		away = notReady(&s, plugin)
		if len(away) == 0 || p.State == "quarantined" && p.Since.After(released) {
			return away, nil
		}
		select {
		case <-tick.C:
		case <-late.C:
			return away, nil
		case <-ctx.Done():
			return away, ctx.Err()
		}
	}
}

// lookEvery is how often a store is asked for what is waited for.
const lookEvery = 100 * time.Millisecond

// notReady says how those devices of a plugin are that are not ready.
func notReady(s *control.State, plugin string) (away []string) {
	for _, d := range s.Devices {
		if d.Plugin != plugin || d.State == "ready" {
			continue
		}
		text := d.Address + " is " + d.State
		if d.Cause != "" {
			text += ": " + d.Cause
		}
		away = append(away, text)
	}
	return away
}

func newApply() *cobra.Command {
	var a attached
	var asJSON, accept bool
	var index string
	c := &cobra.Command{
		Use:   "apply [DIR]",
		Short: "Take over what changed in a store's files while it runs",
		Long: "Apply has the running store read its own files again and take over what changed: devices are added, opened again,\n" +
			"swapped, moved and removed, plugins swapped, prices and rules changed, all of it or nothing. Devices that the plan does\n" +
			"not name see nothing of it. With --index it does just what that plan named, or nothing where anything changed since.\n" +
			"DIR, where it is given, must be the folder that the store runs from: no store reads files that somebody points it to.",
		Example: "  aisle plan --data /var/lib/aisle/corner\n  aisle apply --data /var/lib/aisle/corner --index 3f9c0d5c27c1a3b8",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.order(c, asJSON, func(client *control.Client, by control.By) (control.Outcome, error) {
				if len(args) == 1 {
					if err := sameFolder(c, client, args[0]); err != nil {
						return control.Outcome{}, err
					}
				}
				by.AcceptNeeds, by.Index = accept, index
				return client.Apply(c.Context(), by, tellSteps(c))
			})
		},
	}
	a.dataFlag(c)
	a.byFlags(c, "applied by hand")
	c.Flags().StringVar(&index, "index", "", "do what this `plan` named, or nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	acceptFlag(c, &accept)
	return c
}

func acceptFlag(c *cobra.Command, accept *bool) {
	c.Flags().BoolVar(accept, "accept-needs", false, "let the new version use more of this machine than the one that runs")
}

// sameFolder refuses a folder that is not the running store's.
func sameFolder(c *cobra.Command, client *control.Client, dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	s, err := client.State(c.Context())
	if err != nil {
		return err
	}
	if resolved(abs) != resolved(s.Dir) {
		return fmt.Errorf("the store that runs is that of %s, not of %s", s.Dir, abs)
	}
	return nil
}

func resolved(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}

// order gives an order to the running store and tells what came of it.
func (a *attached) order(c *cobra.Command, asJSON bool, give func(*control.Client, control.By) (control.Outcome, error)) error {
	client, _, err := a.client(c.Context())
	if err != nil {
		return err
	}
	by, err := a.by()
	if err != nil {
		return err
	}
	out, err := give(client, by)
	var refused *control.Error
	if asJSON && errors.As(err, &refused) {
		return errors.Join(object(c.OutOrStdout(), struct {
			Error *control.Error `json:"error"`
		}{refused}), errTold)
	}
	if err != nil {
		return explained(err)
	}
	if asJSON {
		return object(c.OutOrStdout(), out)
	}
	w := c.OutOrStdout()
	if !out.Changed {
		fmt.Fprintln(w, "Nothing to do: that is how it is already.")
	}
	for _, p := range out.Plugins {
		switch {
		case p.To == "":
			fmt.Fprintf(w, "Plugin %s is started again.\n", p.Plugin)
		case p.From == p.To:
			fmt.Fprintf(w, "Plugin %s is swapped for another build of version %s.\n", p.Plugin, p.To)
		default:
			fmt.Fprintf(w, "Plugin %s is swapped: %s, before %s.\n", p.Plugin, p.To, p.From)
		}
		for _, more := range p.Added {
			fmt.Fprintf(w, "Plugin %s may now also %s.\n", p.Plugin, more)
		}
	}
	printSteps(w, out.Steps, false)
	for _, late := range out.Late {
		fmt.Fprintf(w, "Not open yet, and tried again: %s\n", late)
	}
	if out.Adopted {
		fmt.Fprintln(w, "The store's definition has changed with it.")
	}
	return nil
}
