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
		Short: "Show the devices of a running store: state, power, plugin, isolation, counters, readings",
		Long: "Devices asks the running store how its devices and plugins are. EVENTS are reports that came, GAPS statements\n" +
			"that some were lost, RESTARTS those of the device's plugin. X aisle doctor says why. With --watch the table is drawn again every second.",
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
	c.Flags().BoolVar(&asJSON, "json", false, "one object: store, engine, devices with counters, readings and history, plugins")
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
			strings.TrimSpace(p.Name+" "+p.Version), isolation(p), d.Evidence.In, gaps(d.Evidence), p.Restarts, fit(w, d.Cause, maxCause))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := readingTable(w, s); err != nil {
		return err
	}
	if err := pluginTable(w, s); err != nil {
		return err
	}
	for _, p := range s.Plugins {
		if p.AllowUnsigned {
			fmt.Fprintln(w, unsigned(p.Name))
		}
	}
	for i := range s.Agents {
		fmt.Fprintln(w, agentLine(&s.Agents[i]))
	}
	line := fmt.Sprintf("%s: %d of %s ready, %s open", s.Store, ready, count(len(s.Devices), "device"), count(s.Engine.Sessions, "visit"))
	if s.Unwell != "" {
		line += "; " + s.Unwell
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// readingTable writes what devices measure beside their evidence, where any
// does.
func readingTable(w io.Writer, s *control.State) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nDEVICE\tREADING\tVALUE\tTAKEN")
	some := false
	for _, d := range s.Devices {
		for _, r := range d.Readings {
			some = true
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", d.Address, r.Name, strconv.FormatFloat(r.Value, 'g', 6, 64), ago(s.Now, r.At))
		}
	}
	if !some {
		return nil
	}
	return t.Flush()
}

// pluginTable writes what plugins take of the machine and what was carried for
// them, where that is known of any.
func pluginTable(w io.Writer, s *control.State) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nPLUGIN\tMEMORY\tPEAK\tTASKS\tHELD BY LIMITS\tCONNECTIONS")
	any := false
	for _, p := range s.Plugins {
		if p.Usage == nil && len(p.Connections) == 0 {
			continue
		}
		any = true
		peak, tasks, held := "-", "-", "-"
		if u := p.Usage; u != nil {
			peak, tasks = mebibytes(u.MemoryPeakBytes), strconv.FormatInt(u.Tasks, 10)
			held = fmt.Sprintf("memory %d, tasks %d, cpu %d", u.OOMKills, u.TasksRefused, u.CPUThrottled)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, mebibytes(p.MemoryBytes), peak, tasks, held, connections(w, p.Connections))
	}
	if !any {
		return nil
	}
	return t.Flush()
}

func mebibytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }

// connections says what was carried to each address, and what was not.
func connections(w io.Writer, all []control.Connection) string {
	var words []string
	for _, c := range all {
		text := fmt.Sprintf("%s %d open, %d carried", c.Address, c.Open, c.Accepted)
		if c.Refused+c.Failed > 0 {
			text += fmt.Sprintf(", %d refused, %d failed", c.Refused, c.Failed)
		}
		if c.Error != "" {
			text += " (" + fit(w, c.Error, maxCause) + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}

// unsigned says that nobody has to vouch for a plugin.
func unsigned(name string) string {
	return "plugin " + name + " may run unsigned: the store's files say allow_unsigned, so nobody has to vouch for its package"
}

// agentLine says how the line to an agent is.
func agentLine(a *control.Agent) string {
	text := fmt.Sprintf("agent %s at %s: ", a.Name, a.Address)
	if a.Up {
		text += fmt.Sprintf("up, clock %+d ms", a.OffsetNS/1e6)
	} else {
		text += "can't be reached"
		if a.Cause != "" {
			text += ": " + a.Cause
		}
	}
	if a.Expires != nil {
		text += ", its certificate until " + a.Expires.Format(time.DateOnly)
	}
	if a.HostExpires != nil {
		text += ", this host's until " + a.HostExpires.Format(time.DateOnly)
	}
	if a.Renew != "" {
		text += ": " + a.Renew
	}
	return text
}

// isolation sums up what keeps a plugin to what it was granted.
func isolation(p control.Plugin) string {
	if len(p.Isolation) == 0 {
		return "none"
	}
	if n := len(p.Gaps()); n > 0 {
		return strconv.Itoa(n) + " missing"
	}
	return "full"
}

func gaps(e control.Evidence) string {
	all := strconv.FormatUint(e.Gaps+e.Outages, 10)
	switch {
	case e.Outages > 0 && e.Gaps > 0:
		return all + " (" + strconv.FormatUint(e.Lost, 10) + " lost and more)"
	case e.Outages > 0:
		return all + " (nobody knows how many lost)"
	case e.Gaps > 0:
		return all + " (" + strconv.FormatUint(e.Lost, 10) + " lost)"
	}
	return all
}

// fit writes a text on one line, cut to a number of characters where people look
// at it. What reads a pipe has room.
func fit(w io.Writer, text string, most int) string {
	if !terminal(w) {
		most = len(text)
	}
	return short(text, most)
}

// short cuts a text to a number of characters, on one line.
func short(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
