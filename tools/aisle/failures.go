package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/tools/aisle/internal/drill"
)

// failure is one failure drill and its flags.
type failure struct {
	kind, short, long string
	// prepare gives the failure for a work folder, and the store that it is done
	// to.
	prepare func(ctx context.Context, work, corner string) (setting, error)
	// flags adds flags of its own; nil for none.
	flags func(*cobra.Command)

	times, shoppers int
	seed            uint64
	speed, noise    string
	asJSON          bool
}

// setting is a store that a failure is done to.
type setting struct {
	// dir is the folder of its files, args what aisle run is told besides.
	dir  string
	args []string
	do   drill.Failure
	// end ends what belongs to it; nil for nothing.
	end func() error
}

// failures are the drills of what a retailer meets.
func failures() []*failure {
	inCorner := func(do drill.Failure) func(context.Context, string, string) (setting, error) {
		return func(_ context.Context, _, corner string) (setting, error) { return setting{dir: corner, do: do}, nil }
	}
	return []*failure{
		{kind: "plugin-kill", short: "Kill plugins of an open store", long: "Plugin-kill kills a plugin at random with SIGKILL.",
			prepare: inCorner(drill.Signal(syscall.SIGKILL))},
		{kind: "plugin-hang", short: "Stop plugins of an open store, so that they hang", long: "Plugin-hang stops a plugin at random with SIGSTOP.",
			prepare: inCorner(drill.Signal(syscall.SIGSTOP))},
		{kind: "unplug", short: "Take the power of devices away for a while", long: "Unplug has the simulated world take a device at random away for 45 s of its time.",
			prepare: inCorner(drill.Unplug)},
		{kind: "upgrade", short: "Swap plugins for another release in an open store", long: "Upgrade swaps a plugin at random for another release while shoppers are inside.",
			prepare: func(ctx context.Context, work, corner string) (setting, error) {
				return releases(ctx, work, corner, true)
			}},
		{kind: "rollback", short: "Swap plugins for a release that is broken, which must be undone", long: "Rollback swaps a plugin at random for a release that starts as it should and opens no device.",
			prepare: func(ctx context.Context, work, corner string) (setting, error) {
				return releases(ctx, work, corner, false)
			}},
		newPartition(),
	}
}

func (k *failure) command() *cobra.Command {
	c := &cobra.Command{
		Use: k.kind, Short: k.short,
		Long: k.long + " It waits until all devices serve\nagain, does it again until it was done --times times, and lets the shoppers finish. Then it asks the world's truth\n" +
			"and the processor's ledger, and not the host: nobody may be charged too much or twice or be neither charged nor\n" +
			"released, no hold may be left, everybody must have got out, visits that began afterwards must have been sold to, and\n" +
			"no device that it was not done to may have felt it. It exits with 1 otherwise.",
		Example: "  aisle drill " + k.kind + " --times 5 --json",
		Args:    needs(),
		RunE:    func(c *cobra.Command, _ []string) error { return k.run(c) },
	}
	f := c.Flags()
	f.IntVar(&k.times, "times", 3, "how many failures")
	f.IntVar(&k.shoppers, "shoppers", 30, "visits in each store")
	f.Uint64Var(&k.seed, "seed", 1, "decides the moments, the victims and the shoppers")
	f.StringVar(&k.speed, "speed", "40", "`N`: N times real time")
	if k.flags != nil {
		k.flags(c)
	}
	f.StringVar(&k.noise, "noise", "none", "`LEVEL` of the sensors' errors: none, nominal or harsh")
	f.BoolVar(&k.asJSON, "json", false, "the last line of stdout is one object")
	return c
}

func (k *failure) run(c *cobra.Command) (err error) {
	if k.times < 1 || k.shoppers < 4 {
		return errors.New("--times: at least 1; --shoppers: at least 4")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	example, err := corner()
	if err != nil {
		return err
	}
	def, problems := storefile.Load(example, nil)
	if problems.HasErrors() {
		return printProblems(c.ErrOrStderr(), example, problems)
	}
	work, err := os.MkdirTemp("", "aisle-drill-")
	if err != nil {
		return err
	}
	set, err := k.prepare(c.Context(), work, example)
	if set.end != nil {
		defer func() { err = errors.Join(err, set.end()) }()
	}
	if err != nil {
		return err
	}
	r, err := drill.Fail(c.Context(), drill.FailureOptions{
		Kind: k.kind, Times: k.times, Seed: k.seed, Shoppers: k.shoppers, Work: work, Do: set.do, OpenLine: openLine, Prices: prices(def.Store),
		Command: func(data string, seed uint64) []string {
			return append([]string{self, "run", set.dir, "--data", data, "--until-idle", "--json", "--var", "speed=" + k.speed, "--var", "noise=" + k.noise,
				"--var", "seed=" + strconv.FormatUint(seed, 10), "--var", "shoppers=" + strconv.Itoa(k.shoppers)}, set.args...)
		},
		Stop:     func(data string) error { return stopPeers(context.WithoutCancel(c.Context()), data) },
		Progress: func(line string) { fmt.Fprintln(c.ErrOrStderr(), line) },
	})
	if err != nil {
		return err
	}
	if k.asJSON {
		err = object(c.OutOrStdout(), r)
	} else {
		k.print(c, r)
	}
	if r.SoldAfter == 0 {
		fmt.Fprintln(c.ErrOrStderr(), "Nobody came after it, so that the store sells again is not shown: have more --shoppers, or a lower --speed.")
	}
	if !r.OK() {
		fmt.Fprintf(c.ErrOrStderr(), "The data is kept in %s\n", work)
		return errors.Join(err, errTold)
	}
	return errors.Join(err, os.RemoveAll(work))
}

func (k *failure) print(c *cobra.Command, r drill.FailureResult) {
	w := c.OutOrStdout()
	for _, f := range r.Findings {
		fmt.Fprintf(w, "  %s %s: %s\n", f.Credential, f.Verdict, f.Detail)
	}
	for _, h := range append(r.Late, r.Hurt...) {
		fmt.Fprintf(w, "  %s\n", h)
	}
	fmt.Fprintf(w, "%s over %s with %s: %s, %d exact, %d overcharged, %d undercharged; %d lost, %d doubled, %d stuck, %d still inside.\n",
		count(r.Times, "failure"), count(r.Stores, "store"), count(r.Visits, "visit"), count(r.Receipts, "receipt"), r.Exact, r.Overcharged, r.Undercharged,
		r.Lost, r.Doubled, r.Stuck, r.Inside)
	fmt.Fprintf(w, "All devices served again after %d ms at most, and %s were sold to afterwards.\n", r.BackMS, count(r.SoldAfter, "visit"))
}

// The folder of programs in a drill's store, and the plugin's program there.
const (
	releasesDir = "bin"
	releaseFile = "simulated"
)

// releases makes a store like the corner shop whose plugins are a program in its
// own folder, of which there are several releases, and gives the failure that
// puts one in place and swaps a plugin for it.
func releases(ctx context.Context, work, corner string, good bool) (_ setting, err error) {
	dir := filepath.Join(work, "store")
	if err := os.MkdirAll(filepath.Join(dir, releasesDir), 0o755); err != nil {
		return setting{}, err
	}
	if err := copyStore(corner, dir, `"../../plugins/simulated/world"`, `"./`+releasesDir+`/world"`, `"../../plugins/simulated"`, `"./`+releasesDir+`/`+releaseFile+`"`); err != nil {
		return setting{}, err
	}
	module := filepath.Join(corner, "..", "..")
	build := func(name, pkg, flags string) error {
		cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags", flags, "-o", filepath.Join(dir, releasesDir, name), "./plugins/"+pkg)
		cmd.Dir, cmd.Env = module, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build a release for the drill: %w\n%s", err, bytes.TrimSpace(out))
		}
		return nil
	}
	versions := []string{"0.1.0", "0.2.0"}
	for _, v := range versions {
		err = errors.Join(err, build(v, "simulated", "-X main.version="+v))
	}
	err = errors.Join(err, build("broken", "simulated", "-X main.version=0.3.0 -X main.broken=drill"), build("world", "simulated/world", ""))
	if err != nil {
		return setting{}, err
	}
	put := func(name string) error {
		to := filepath.Join(dir, releasesDir, releaseFile)
		return errors.Join(os.Symlink(name, to+".new"), os.Rename(to+".new", to))
	}
	swap := drill.Swap(func(running control.Plugin) error {
		switch {
		case !good:
			return put("broken")
		case running.Version == versions[0]:
			return put(versions[1])
		}
		return put(versions[0])
	}, good)
	return setting{dir: dir, do: swap}, put(versions[0])
}

// copyStore copies a store's files with texts replaced, given in pairs.
func copyStore(from, to string, pairs ...string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	texts := strings.NewReplacer(pairs...)
	for _, f := range files {
		if f.IsDir() || filepath.Ext(f.Name()) != ".hcl" && filepath.Ext(f.Name()) != ".json" || strings.HasSuffix(f.Name(), storefile.LockExtension) {
			continue // the copy's programs are not those of the lock
		}
		b, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, f.Name()), []byte(texts.Replace(string(b))), 0o644); err != nil {
			return err
		}
	}
	return nil
}
