package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/supervisor/agent/agenttest"
	"github.com/openaisle/aisle/tools/aisle/internal/drill"
)

// The drill's agent, and its store.
const (
	drillAgent = "back"
	// agentWithin is how long the agent has to wait for its store: its plugin may
	// have to be built.
	agentWithin = 2 * time.Minute
	// leastCut is the shortest cut: the host notices one after 3 s.
	leastCut = 4 * time.Second
)

// partition is the flags of the drill.
type partition struct {
	lasting time.Duration
	plugin  string
	// realTime says that the store runs on the wall's clock: shoppers go on
	// while the line is cut. The world's own clock stands while a report can't be
	// journalled.
	realTime bool
}

// newPartition gives the drill of a line to an agent that is cut.
func newPartition() *failure {
	p := &partition{}
	return &failure{
		kind: "partition", short: "Cut the line to an agent of an open store, and mend it",
		long: "Partition runs one plugin of the store under an agent of its own, on this machine, behind a line that it cuts for\n" +
			"some seconds while shoppers are inside. They go on meanwhile, in real time; with --real-time=false the world stands as soon\n" +
			"as the plugin has something to tell, which takes less time. The plugin's devices must be offline with a cause, and 5 s after the\n" +
			"line is whole they must serve, in the same opening, with nothing lost.",
		prepare: p.prepare,
		flags: func(c *cobra.Command) {
			c.Flags().DurationVar(&p.lasting, "for", 6*time.Second, "how long the line is cut; 60s wants --shoppers 70")
			c.Flags().StringVar(&p.plugin, "plugin", "shelfsense", "the `plugin` that runs under the agent, such as nordgate, which has the gates")
			c.Flags().BoolVar(&p.realTime, "real-time", true, "shoppers go on while the line is cut; --speed counts for nothing")
			c.Flags().Lookup("times").DefValue = "1"
			_ = c.Flags().Set("times", "1") // each takes some seconds
		},
	}
}

// prepare makes a store whose plugin runs under an agent, and the agent.
func (p *partition) prepare(ctx context.Context, work, corner string) (set setting, err error) {
	if p.lasting < leastCut {
		return set, fmt.Errorf("--for: at least %v", leastCut)
	}
	plugins := filepath.Join(corner, "..", "..", "plugins")
	set.dir = filepath.Join(work, "store")
	if err := os.Mkdir(set.dir, 0o755); err != nil {
		return set, err
	}
	block := fmt.Sprintf("plugin %q {\n", p.plugin)
	changes := []string{`"../../plugins`, `"` + plugins, block, block + "  agent  = agent." + drillAgent + "\n"}
	if p.realTime {
		changes = append(changes, "  clock  = true\n", "", `"--speed", var.speed,`, `"--clock", "real", "--arrivals", "1500ms", "--basket", "2",`,
			`review_within = "30m"`, `review_within = "20s"`)
	}
	if err := copyStore(corner, set.dir, changes...); err != nil {
		return set, err
	}
	ca, dir := filepath.Join(work, "ca"), filepath.Join(work, "agent")
	if err := agenttest.Enrol(ctx, "drill", drillAgent, ca, dir); err != nil {
		return set, fmt.Errorf("enrol the drill's agent: %w", err)
	}
	address, stop, err := startAgent(ctx, dir, p.plugin+"="+filepath.Join(plugins, "simulated"))
	set.end = stop
	if err != nil {
		return set, fmt.Errorf("start the drill's agent: %w", err)
	}
	wire, err := agenttest.NewWire(address)
	if err != nil {
		return set, err
	}
	set.end = func() error { return errors.Join(wire.Close(), stop()) }
	set.args = []string{"--ca", ca}
	set.do = drill.Partition(wire, p.plugin, p.lasting)
	return set, os.WriteFile(filepath.Join(set.dir, "agent.hcl"), fmt.Appendf(nil, "agent %q {\n  address = %q\n}\n", drillAgent, wire.Address()), 0o644)
}

// startAgent starts an agent that may run one plugin, and gives where it waits.
// Stop ends it, also after an error.
func startAgent(ctx context.Context, dir, allow string) (address string, stop func() error, err error) {
	none := func() error { return nil }
	self, err := os.Executable()
	if err != nil {
		return "", none, err
	}
	file := filepath.Join(dir, "address")
	var said bytes.Buffer
	cmd := exec.Command(self, "agent", "run", "--dir", dir, "--listen", "127.0.0.1:0", "--address-file", file, "--allow", allow)
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is the drill's alone
	if err := cmd.Start(); err != nil {
		return "", none, err
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_ = cmd.Wait() // its state tells
	}()
	stop = func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM) // one that has gone needs none
		select {
		case <-gone:
		case <-time.After(stopWithin):
			_ = cmd.Process.Kill()
			<-gone
		}
		return nil
	}
	late := time.After(agentWithin)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		b, err := os.ReadFile(file)
		if err == nil {
			return strings.TrimSpace(string(b)), stop, nil
		}
		select {
		case <-tick.C:
		case <-gone:
			return "", stop, fmt.Errorf("it ended: %s", strings.TrimSpace(said.String()))
		case <-late:
			return "", stop, fmt.Errorf("it does not wait for its store within %v", agentWithin)
		case <-ctx.Done():
			return "", stop, ctx.Err()
		}
	}
}
