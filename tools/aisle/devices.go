package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
)

// watchEvery is how often a live table is drawn again.
const watchEvery = time.Second

// maxCause is how much of a cause fits into the table, in characters.
const maxCause = 48

func newDevices() *cobra.Command {
	var a attached
	var watch, asJSON bool
	c := &cobra.Command{
		Use:   "devices",
		Short: "Show the devices of a running store: state, power, plugin, isolation, counters",
		Long: "Devices asks the running store how its devices and plugins are. EVENTS are reports that came, GAPS statements\n" +
			"that some were lost, RESTARTS those of the device's plugin. ISOLATION names the measures that this machine can't\n" +
			"enforce, or only partly; aisle doctor says why. With --watch the table is drawn again every second.",
		Example: "  aisle devices --data /var/lib/aisle/corner\n  aisle devices --watch\n" +
			"  aisle devices --json | jq '.devices[] | select(.state != \"ready\")'",
		Args: needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			client, _, err := a.client(c.Context())
			if err != nil {
				return err
			}
			if !watch {
				return showDevices(c.Context(), c.OutOrStdout(), client, asJSON)
			}
			return explained(watchDevices(c.Context(), c.OutOrStdout(), client, asJSON))
		},
	}
	a.dataFlag(c)
	c.Flags().BoolVar(&watch, "watch", false, "until Ctrl-C")
	c.Flags().BoolVar(&asJSON, "json", false, "one object: store, engine, devices with counters and history, plugins")
	return c
}

func showDevices(ctx context.Context, w io.Writer, client *control.Client, asJSON bool) error {
	s, err := client.State(ctx)
	if err != nil {
		return explained(err)
	}
	if asJSON {
		return object(w, s)
	}
	return deviceTable(w, &s)
}

// watchDevices draws the table until ctx ends. A terminal is cleared before
// each; elsewhere the tables follow each other.
func watchDevices(ctx context.Context, w io.Writer, client *control.Client, asJSON bool) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		s, err := client.State(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case asJSON:
			err = object(w, s)
		default:
			if terminal(w) {
				fmt.Fprint(w, "\x1b[H\x1b[2J")
			}
			err = deviceTable(w, &s)
		}
		if err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// deviceTable writes the table of a store's devices.
func deviceTable(w io.Writer, s *control.State) error {
	ready := 0
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DEVICE\tSTATE\tPOWER\tSINCE\tPLUGIN\tISOLATION\tEVENTS\tGAPS\tRESTARTS\tCAUSE")
	for _, d := range s.Devices {
		if d.State == "ready" {
			ready++
		}
		p, _ := s.Plugin(d.Plugin)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", d.Address, d.State, d.Power, ago(s.Now, d.Since),
			strings.TrimSpace(p.Name+" "+p.Version), isolation(p), d.Evidence.In, gaps(d.Evidence), p.Restarts, short(d.Cause, maxCause))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	line := fmt.Sprintf("%s: %d of %s ready, %s open", s.Store, ready, count(len(s.Devices), "device"), count(s.Engine.Sessions, "visit"))
	if s.Unwell != "" {
		line += "; " + s.Unwell
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// isolation sums up what keeps a plugin to what it was granted.
func isolation(p control.Plugin) string {
	if len(p.Isolation) == 0 {
		return "none"
	}
	var words []string
	for _, m := range p.Gaps() {
		words = append(words, m.State+": "+m.Name)
	}
	if len(words) == 0 {
		return "full"
	}
	return strings.Join(words, ", ")
}

func gaps(e control.Evidence) string {
	if e.Gaps == 0 {
		return "0"
	}
	return strconv.FormatUint(e.Gaps, 10) + " (" + strconv.FormatUint(e.Lost, 10) + " lost)"
}

// short cuts a text to a number of characters, on one line.
func short(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
