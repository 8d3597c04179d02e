package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/tools/aisle/internal/drill"
)

// tillDir is the shop of a drill with charges in flight, in the module's tree, and
// pluginDir and worldDir what its devices, its floor and its processor are built of.
const (
	tillDir   = "tools/aisle/internal/drill/till"
	pluginDir = "./plugins/simulated"
	worldDir  = "./plugins/simulated/world"
)

// flights kills with charges in flight.
func (k hostKill) flights(c *cobra.Command) error {
	if c.Flags().Changed("noise") || c.Flags().Changed("seed") {
		return errors.New("--noise and --seed do not go with --in-flight: its sensors are perfect, and --from is its seed")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	root, err := sourceTree("the drill's store is built from Aisle's source", "drill host-kill --in-flight")
	if err != nil {
		return err
	}
	dir := filepath.Join(root, filepath.FromSlash(tillDir))
	def, problems := storefile.Load(dir, &storefile.Options{Vars: map[string]string{"bank": "unix:/nowhere"}})
	if problems.HasErrors() {
		return printProblems(c.ErrOrStderr(), dir, problems)
	}
	work, err := os.MkdirTemp("", "aisle-drill-")
	if err != nil {
		return err
	}
	world, plugin, err := buildTill(c.Context(), root, work)
	if err != nil {
		return err
	}
	r, err := drill.Flights(c.Context(), drill.FlightOptions{
		Kills: k.times, From: k.from, Shoppers: k.shoppers, AtOnce: k.atOnce, Work: work, OpenLine: openLine, Prices: prices(def.Store),
		Bank: func(at string) *drill.Bank {
			return &drill.Bank{Program: world, Scene: filepath.Join(dir, "bank.json"), Dir: at}
		},
		Command: func(data, bank string, seed uint64) []string {
			return []string{self, "run", dir, "--data", data, "--until-idle", "--json", "--var", "bank=" + bank,
				"--var", "world=" + world, "--var", "plugin=" + plugin, "--var", "seed=" + strconv.FormatUint(seed, 10), "--var", "shoppers=" + strconv.Itoa(k.shoppers)}
		},
		Refund:   orderRefund,
		Stop:     func(data string) error { return stopPeers(context.WithoutCancel(c.Context()), data) },
		Progress: func(line string) { fmt.Fprintln(c.ErrOrStderr(), line) },
	})
	if err != nil {
		return errors.Join(err, fmt.Errorf("the data is kept in %s", work))
	}
	return k.flown(c, r, work)
}

// buildTill builds the programs of a drill's shop into a folder.
func buildTill(ctx context.Context, root, work string) (world, plugin string, err error) {
	world, plugin = filepath.Join(work, "world"), filepath.Join(work, "plugin")
	for _, p := range [][2]string{{world, worldDir}, {plugin, pluginDir}} {
		build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", p[0], p[1]) // what is loaded and hashed at every start, without what only debuggers read
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("build %s: %w\n%s", p[1], err, out)
		}
	}
	return world, plugin, nil
}

// orderRefund orders that all of a session's money be given back.
func orderRefund(ctx context.Context, data, session, id string) error {
	var out view.Carried
	return control.NewClient(data).Post(ctx, "/api/v1/orders",
		view.Order{ID: id, Order: event.OrderRefund, Actor: "drill", Reason: "drill", Session: session}, &out)
}

// flown tells what became of the drill.
func (k hostKill) flown(c *cobra.Command, r drill.FlightResult, work string) error {
	if k.results != "" {
		sum, err := addFlights(k.results, r)
		if err != nil {
			return fmt.Errorf("--results: %w", err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "%s now holds %d kills in %d stores: %d lost, %d doubled, %d stuck, %d apart.\n",
			k.results, sum.Kills, sum.Stores, sum.Lost, sum.Doubled, sum.Stuck, sum.Apart)
	}
	var err error
	if k.asJSON {
		err = object(c.OutOrStdout(), r)
	} else {
		for _, f := range r.Findings {
			fmt.Fprintf(c.OutOrStdout(), "  %s %s: %s\n", f.Credential, f.Verdict, f.Detail)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s with a charge in flight (host %d, plugin %d, processor %d) over %s with %s and %s: %d lost, %d doubled, %d stuck, %d apart.\n",
			count(r.Kills, "kill"), r.Killed[drill.VictimHost], r.Killed[drill.VictimPlugin], r.Killed[drill.VictimProcessor],
			count(r.Stores, "store"), count(r.Sessions, "visit"), count(r.Charges, "charge"), r.Lost, r.Doubled, r.Stuck, r.Apart)
	}
	if !r.OK() {
		fmt.Fprintf(c.ErrOrStderr(), "The data is kept in %s\n", work)
		return errors.Join(err, errTold)
	}
	return errors.Join(err, os.RemoveAll(work))
}

// addFlights adds a run's totals to those in a file.
func addFlights(path string, r drill.FlightResult) (drill.FlightResult, error) {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return r, err
	default:
		old := drill.NewFlightResult(0)
		if err := json.Unmarshal(b, &old); err != nil {
			return r, fmt.Errorf("%s holds something else: %w", path, err)
		}
		if r, err = drill.AddFlights(old, r); err != nil {
			return r, fmt.Errorf("%s: %w", path, err)
		}
	}
	return r, writeWhole(path, r)
}
