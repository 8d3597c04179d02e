// Package drill kills a store's host again and again and looks whether anybody
// was hurt.
//
// It starts the aisle command as a child, kills it with SIGKILL at a random
// moment, starts it again on the same data folder, and so on until it has
// killed as often as it was told; then it lets the last one finish. What became
// of each visit is judged by the world's truth and the processor's ledger, never
// by what the host says of itself (package audit). It kills nothing but the
// children that it started, by their own process handle.
//
// The command drill calls it.
package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/simulate/audit"
)

// When a child is killed.
const (
	// duringStart of every ten kills hit a host that is still coming up, within
	// startSpan of its start; the others hit it within openSpan of its opening.
	duringStart = 2
	startSpan   = 1500 * time.Millisecond
	openSpan    = 1200 * time.Millisecond
	// patience is how long a child may take that nobody kills.
	patience = 5 * time.Minute
	// maxIdle is how many demos may pass without a kill: more would mean that
	// they end before anybody can hit them.
	maxIdle = 20
)

// Options say what to drill.
type Options struct {
	// Kills is how many there shall be.
	Kills int
	// Seed decides when, and which shoppers come.
	Seed uint64
	// Shoppers come in each demo.
	Shoppers int
	// Work is a folder for the data folders of the demos.
	Work string
	// Command gives the command line for a data folder: one that starts a
	// demo with the seed, or, where again is true, one that goes on with it.
	Command func(data string, seed uint64, again bool) []string
	// Again reports whether a data folder has something to go on with.
	Again func(data string) bool
	// OpenLine is what a child says on stderr once its store is open.
	OpenLine string
	// Prices are unit prices by GTIN of what the store sells.
	Prices map[string]int64
	// Stop ends what a demo leaves running when the drill ends early.
	Stop func(data string) error
	// Progress hears a line now and then.
	Progress func(line string)
}

// Result is what a drill found.
type Result struct {
	Kills    int `json:"kills"`
	Sessions int `json:"sessions"`
	// Lost are visits of which the ledger shows neither capture nor release, or
	// that never ended.
	Lost int `json:"lost"`
	// Doubled are visits that were captured twice, or for more than they
	// carried out.
	Doubled int `json:"doubled"`
	// Stuck are holds that nothing became of.
	Stuck int `json:"stuck"`

	Demos    int             `json:"demos"`
	Seed     uint64          `json:"seed"`
	Findings []audit.Finding `json:"findings"`
}

// OK reports whether nobody was hurt.
func (r Result) OK() bool { return r.Lost+r.Doubled+r.Stuck == 0 }

// Run drills until ctx ends or all kills are done.
func Run(ctx context.Context, o Options) (Result, error) {
	d := drill{opt: o, rng: rand.New(rand.NewPCG(o.Seed, o.Seed)), result: Result{Seed: o.Seed, Findings: []audit.Finding{}}}
	idle := 0
	for d.result.Kills < o.Kills {
		before := d.result.Kills
		if err := d.demo(ctx); err != nil {
			return d.result, err
		}
		if idle++; d.result.Kills > before {
			idle = 0
		}
		if idle == maxIdle {
			return d.result, fmt.Errorf("%d demos ended before they could be killed: give more shoppers", idle)
		}
	}
	return d.result, nil
}

type drill struct {
	opt    Options
	rng    *rand.Rand
	result Result
}

// demo runs one demo to its end, through as many kills as it lives to see.
func (d *drill) demo(ctx context.Context) (err error) {
	d.result.Demos++
	seed := d.opt.Seed*1000 + uint64(d.result.Demos)
	data := filepath.Join(d.opt.Work, fmt.Sprintf("demo-%d", d.result.Demos))
	defer func() {
		if err != nil {
			err = errors.Join(err, d.opt.Stop(data))
		}
	}()
	kills := 0
	for {
		killed, err := d.child(ctx, data, seed)
		if err != nil {
			return fmt.Errorf("after kill %d, data in %s: %w", d.result.Kills, data, err)
		}
		if !killed {
			break
		}
		kills++
		d.result.Kills++
		d.opt.Progress(fmt.Sprintf("kill %d of %d", d.result.Kills, d.opt.Kills))
	}
	if err := d.judge(data); err != nil {
		return err
	}
	d.opt.Progress(fmt.Sprintf("demo %d, seed %d, through %d kills: lost %d, doubled %d, stuck %d so far",
		d.result.Demos, seed, kills, d.result.Lost, d.result.Doubled, d.result.Stuck))
	if d.result.OK() {
		return os.RemoveAll(data)
	}
	return nil
}

// child starts the command once and reports whether it was killed.
func (d *drill) child(ctx context.Context, data string, seed uint64) (killed bool, err error) {
	c, err := start(d.opt.Command(data, seed, d.opt.Again(data)), d.opt.OpenLine)
	if err != nil {
		return false, err
	}
	defer c.end()
	if d.result.Kills < d.opt.Kills {
		opened, within := c.opened, openSpan
		if d.rng.IntN(10) < duringStart {
			opened, within = alreadyClosed, startSpan
		}
		if c.killWithin(ctx, opened, time.Duration(d.rng.Int64N(int64(within)))) {
			return true, nil
		}
	}
	return false, c.finish(ctx, patience)
}

// judge audits a demo that has ended.
func (d *drill) judge(data string) error {
	b, err := audit.Read(data)
	if err != nil {
		return err
	}
	if b.NoTruth || b.NoLedger {
		return fmt.Errorf("%s has no truth or no ledger: nobody can say what became of its visits", data)
	}
	r := audit.Audit(b, &audit.Options{Prices: d.opt.Prices})
	d.result.Sessions += r.Visits
	d.result.Lost += r.Lost + max(0, d.opt.Shoppers-r.Visits)
	d.result.Doubled += r.Doubled
	d.result.Stuck += r.UnresolvedHolds
	for _, f := range r.Findings {
		if f.Verdict == audit.Lost || f.Verdict == audit.Doubled || f.Verdict == audit.Stuck {
			d.result.Findings = append(d.result.Findings, f)
		}
	}
	if r.Visits < d.opt.Shoppers {
		d.result.Findings = append(d.result.Findings, audit.Finding{Verdict: audit.Lost,
			Detail: fmt.Sprintf("%s: %d visits of %d ended", data, r.Visits, d.opt.Shoppers)})
	}
	return nil
}
