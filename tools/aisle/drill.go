package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/tools/aisle/internal/drill"
)

func newDrill() *cobra.Command {
	c := group("drill", "Hurt a store on purpose and look what becomes of its shoppers",
		"  aisle drill host-kill --times 100\n  aisle drill plugin-kill\n  aisle drill upgrade --json", newHostKill())
	for _, f := range failures() {
		c.AddCommand(f.command())
	}
	return c
}

// hostKill is the flags of the command.
type hostKill struct {
	times, shoppers int
	seed            uint64
	noise           string
	inFlight        bool
	from            uint64
	atOnce          int
	results         string
	asJSON          bool
}

func newHostKill() *cobra.Command {
	var k hostKill
	c := &cobra.Command{
		Use:   "host-kill",
		Short: "Kill the host at random moments, again and again, and audit what became of every visit",
		Long: "Host-kill starts demos and kills their host with SIGKILL at random moments, then runs it again on the same\n" +
			"data, and kills it again, until it has killed it --times times. Then it asks the world's truth and the\n" +
			"processor's ledger, and not the host, what became of every visit: lost (neither charged nor released),\n" +
			"doubled (charged twice, or for more than was carried out) or stuck (a hold that nothing became of).\n" +
			"It exits with 1 if there is any.\n\n" +
			"With --in-flight it opens a smaller shop whose card processor is a process of its own, and kills host,\n" +
			"processor and the processor's plugin in turn, each time while a charge (a hold, capture or refund) was asked\n" +
			"for and not answered; a kill counts only then. Totals of several runs add up in a file (--results, --from).",
		Example: "  aisle drill host-kill --times 100 --json\n  aisle drill host-kill --in-flight --times 200 --json\n" +
			"  aisle drill host-kill --in-flight --times 5000 --from 1000 --results kills.json",
		Args: needs(),
		RunE: func(c *cobra.Command, _ []string) error { return k.run(c) },
	}
	f := c.Flags()
	f.IntVar(&k.times, "times", 20, "how many kills")
	f.IntVar(&k.shoppers, "shoppers", 30, "visits in each demo")
	f.Uint64Var(&k.seed, "seed", 1, "decides the moments, and the shoppers of each demo")
	f.StringVar(&k.noise, "noise", "none", "`LEVEL` of the sensors' errors: none, nominal or harsh")
	f.BoolVar(&k.inFlight, "in-flight", false, "kill host, processor and its plugin, each with a charge in flight")
	f.Uint64Var(&k.from, "from", 1, "the number of the first store, with --in-flight")
	f.IntVar(&k.atOnce, "at-once", 2*runtime.NumCPU(), "how many stores are open at a time, with --in-flight: each waits half of its time")
	f.StringVar(&k.results, "results", "", "a `file` to which the totals are added, with --in-flight")
	f.BoolVar(&k.asJSON, "json", false, "the last line of stdout is one object")
	return c
}

func (k hostKill) run(c *cobra.Command) error {
	if k.times < 1 || k.shoppers < 1 {
		return errors.New("--times and --shoppers: at least 1")
	}
	if k.inFlight {
		return k.flights(c)
	}
	for _, only := range []string{"from", "at-once", "results"} {
		if c.Flags().Changed(only) {
			return fmt.Errorf("--%s goes with --in-flight", only)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := corner()
	if err != nil {
		return err
	}
	def, problems := storefile.Load(dir, nil)
	if problems.HasErrors() {
		return printProblems(c.ErrOrStderr(), dir, problems)
	}
	work, err := os.MkdirTemp("", "aisle-drill-")
	if err != nil {
		return err
	}
	r, err := drill.Run(c.Context(), drill.Options{
		Kills: k.times, Seed: k.seed, Shoppers: k.shoppers, Work: work, OpenLine: openLine, Prices: prices(def.Store),
		Command:  func(data string, seed uint64, again bool) []string { return k.command(self, dir, data, seed, again) },
		Again:    func(data string) bool { return hasJournal(data) },
		Stop:     func(data string) error { return stopPeers(context.WithoutCancel(c.Context()), data) },
		Progress: func(line string) { fmt.Fprintln(c.ErrOrStderr(), line) },
	})
	if err != nil {
		return err
	}
	if k.asJSON {
		err = object(c.OutOrStdout(), r)
	} else {
		printDrill(c, r)
	}
	if !r.OK() {
		fmt.Fprintf(c.ErrOrStderr(), "The data is kept in %s\n", work)
		return errors.Join(err, errTold)
	}
	return errors.Join(err, os.RemoveAll(work))
}

// command is the command line of a child: a demo, or its continuation.
func (k hostKill) command(self, dir, data string, seed uint64, again bool) []string {
	if again {
		return []string{self, "run", dir, "--data", data, "--until-idle", "--json"}
	}
	return []string{self, "demo", "--data", data, "--json", "--speed", "max", "--noise", k.noise,
		"--seed", strconv.FormatUint(seed, 10), "--shoppers", strconv.Itoa(k.shoppers)}
}

func printDrill(c *cobra.Command, r drill.Result) {
	w := c.OutOrStdout()
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s %s: %s\n", f.Credential, f.Verdict, f.Detail)
	}
	fmt.Fprintf(w, "%s over %s with %s: %d lost, %d doubled, %d stuck.\n",
		count(r.Kills, "kill"), count(r.Demos, "demo"), count(r.Sessions, "visit"), r.Lost, r.Doubled, r.Stuck)
}

// stopPeers ends the peers of a data folder.
func stopPeers(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, stopWithin)
	defer cancel()
	if err := store.StopPeers(ctx, data); err != nil {
		return fmt.Errorf("stop the peers: %w", err)
	}
	return nil
}
