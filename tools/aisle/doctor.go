package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/doctor"
)

// doctorFlags is the flags of the command.
type doctorFlags struct {
	attached
	bundle string
	asJSON bool
}

func newDoctor() *cobra.Command {
	var d doctorFlags
	c := &cobra.Command{
		Use:   "doctor [DIR]",
		Short: "Examine a store: each device, its isolation, the machine, and what to do next",
		Long: "Doctor asks the running store about each device: is its driver found, is it configured, does it serve, where in\n" +
			"the store's files is it, and what to do next; which measures of isolation are missing and why; what this machine\n" +
			"has for them; whether the files and the plugins' sources are what runs (it builds them); and whether the journal is sound. Given DIR, and where no store runs on --data, it examines the files\n" +
			"there and asks the plugins. It exits with 1 where something needs doing.\n\n" +
			"--bundle writes a tar.gz for a vendor: this report, the host's state, the ends of the logs and the definition\n" +
			"without config blocks. Secrets are taken out; look through it all the same before you send it.",
		Example: "  aisle doctor --data /var/lib/aisle/corner\n  aisle doctor examples/corner\n  aisle doctor --bundle corner.tar.gz",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return d.run(c, args) },
	}
	d.dataFlag(c)
	c.Flags().StringVar(&d.bundle, "bundle", "", "write a bundle for a vendor to this `FILE`")
	c.Flags().BoolVar(&d.asJSON, "json", false, "one object in place of words")
	return c
}

func (d *doctorFlags) run(c *cobra.Command, args []string) error {
	ctx := c.Context()
	var state *control.State
	var r doctor.Report
	data, err := d.folder(ctx)
	if err == nil {
		client := control.NewClient(data)
		s, asked := client.State(ctx)
		if err = asked; err == nil {
			state, r = &s, doctor.Running(&s)
			r.Drift = drift(ctx, client, &s)
		}
	}
	if err != nil {
		if len(args) == 0 {
			return explained(err)
		}
		def, problems, err := store.Validate(ctx, args[0], nil, &store.ValidateOptions{Ask: true})
		if err != nil {
			return err
		}
		r = doctor.Resting(def, problems)
	}
	r.Version = version()
	if data != "" && hasJournal(data) {
		r.Data, r.Journal = data, examine(ctx, data)
	}
	if d.bundle != "" {
		if err := d.write(&r, state, data); err != nil {
			return err
		}
	}
	if d.asJSON {
		err = object(c.OutOrStdout(), r)
	} else {
		err = printReport(c.OutOrStdout(), &r)
	}
	if err == nil && d.bundle != "" {
		fmt.Fprintf(c.ErrOrStderr(), "The bundle is %s: look through it before you send it.\n", d.bundle)
	}
	if err == nil && !r.OK() {
		return errTold
	}
	return err
}

// examine verifies the journal of a data folder.
func examine(ctx context.Context, data string) *doctor.Journal {
	v, err := store.Verify(ctx, data)
	j := &doctor.Journal{OK: err == nil, Records: v.Records}
	if err != nil {
		j.Err = err.Error()
		return j
	}
	j.Hash = hex.EncodeToString(v.Hash[:])
	return j
}

// write writes the bundle.
func (d *doctorFlags) write(r *doctor.Report, state *control.State, data string) (err error) {
	b := doctor.Bundle{
		At: time.Now(), Data: data, Logs: []string{logFile + ".1", logFile},
		Files: map[string]any{"report.json": r}, Order: []string{"report.json"},
	}
	if state != nil {
		b.Files["state.json"], b.Order = state, append(b.Order, "state.json")
	}
	if data != "" && hasJournal(data) {
		def, err := definition(data)
		if err != nil {
			return err
		}
		b.Files["definition.json"], b.Order = def, append(b.Order, "definition.json")
	} else {
		b.Logs = nil
	}
	f, err := os.OpenFile(d.bundle, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(b.Write(f), f.Close())
}

// definition is the store's definition in a journal, which never has a device's
// config, without what opens gates and what companions are started with.
func definition(data string) (storedef.Store, error) {
	j, err := books.Open(data)
	if err != nil {
		return storedef.Store{}, err
	}
	def, err := j.Definition()
	for i := range def.Entry.Staff {
		def.Entry.Staff[i] = doctor.Redacted
	}
	for i := range def.Peers {
		for k := range def.Peers[i].Args {
			def.Peers[i].Args[k] = doctor.Redacted
		}
	}
	return def, errors.Join(err, j.Close())
}

// printReport says it in words.
func printReport(w io.Writer, r *doctor.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DEVICE\tFOUND\tCONFIGURED\tHEALTHY\tAT\tSTATE\tNOT ISOLATED\tNEXT")
	for _, d := range r.Devices {
		healthy := yes(d.Healthy)
		if !r.Running {
			healthy = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Address, yes(d.Found), yes(d.Configured), healthy, d.Place, d.State, open(d.Missing), d.Next)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, d := range r.Devices {
		if d.Cause != "" && !d.Healthy {
			fmt.Fprintf(w, "%s: %s\n", d.Address, fit(w, d.Cause, 200))
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintln(w, p)
	}
	for _, d := range r.Drift {
		fmt.Fprintln(w, strings.TrimSuffix(d.What+"; "+d.Next, "; "))
	}
	for _, p := range r.Plugins {
		for _, m := range p.Missing {
			fmt.Fprintf(w, "plugin %s: %s is %s: %s\n", p.Name, m.Name, m.State, m.Why)
		}
	}
	for _, p := range r.Plugins {
		if p.AllowUnsigned {
			fmt.Fprintln(w, unsigned(p.Name))
		}
		for _, g := range p.Granted {
			fmt.Fprintf(w, "plugin %s may %s %s: %s\n", p.Name, g.Access, g.Value, g.From)
		}
		for _, c := range p.Failed {
			fmt.Fprintf(w, "plugin %s could not connect to %s: %s\n", p.Name, c.Address, c.Error)
		}
	}
	for _, a := range r.Agents {
		fmt.Fprintln(w, agentLine(&a.Agent))
		if a.Next != "" {
			fmt.Fprintf(w, "agent %s: %s\n", a.Name, a.Next)
		}
	}
	for _, f := range r.Machine {
		if !f.OK {
			fmt.Fprintf(w, "this machine lacks %s: %s\n", f.Name, f.Told)
		}
	}
	if r.Unwell != "" {
		fmt.Fprintf(w, "The store is not well: %s\n", r.Unwell)
	}
	switch {
	case r.Journal == nil:
	case r.Journal.OK:
		fmt.Fprintf(w, "The journal is sound: %d records.\n", r.Journal.Records)
	default:
		fmt.Fprintf(w, "The journal is NOT sound: %s\n", r.Journal.Err)
	}
	if r.OK() {
		fmt.Fprintln(w, "Nothing needs doing.")
	}
	return nil
}

// open names measures that do not hold, or only partly.
func open(measures []control.Measure) string {
	var words []string
	for _, m := range measures {
		words = append(words, m.Name)
	}
	return strings.Join(words, ",")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
