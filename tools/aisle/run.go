package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
)

// stopWithin is how long peers have to end after a run that came to its end.
const stopWithin = 20 * time.Second

// runFlags is the flags of the command.
type runFlags struct {
	data, http, ca              string
	given                       values
	untilIdle, headless, asJSON bool
	acceptPrices                bool
	patience                    int
	log                         logging
}

func newRun() *cobra.Command {
	var r runFlags
	c := &cobra.Command{
		Use:   "run DIR --data DATA",
		Short: "Run a store",
		Long: "Run opens a store and keeps it open until Ctrl-C, or with --until-idle until nothing is left to happen. What\n" +
			"happens is written into the data folder, which belongs to this one store. On the folder of a host that was\n" +
			"killed it goes on where that one stopped: variables that are not given are those of the last time.\n\n" +
			"Where stdout is no terminal, what happens is written to stderr, a line each; with --headless or --json only\n" +
			"failures are.",
		Example: "  aisle run examples/corner --data /var/lib/aisle/corner --http 127.0.0.1:8080\n" +
			"  aisle run examples/corner --data DATA --until-idle --json | tail -n 1",
		Args: needs("the store's folder"),
		RunE: func(c *cobra.Command, args []string) error { return r.run(c, args[0]) },
	}
	r.log.flags(c)
	f := c.Flags()
	f.StringVar(&r.data, "data", "", "data `folder` (required)")
	r.given.flags(c)
	caFlag(c, &r.ca)
	f.StringVar(&r.http, "http", "", "`address` of the page, on this machine, such as 127.0.0.1:8080")
	f.BoolVar(&r.untilIdle, "until-idle", false, "end when nothing is left to happen")
	f.BoolVar(&r.acceptPrices, "accept-prices", false, "take over prices that are a hundred times what they were, or a hundredth")
	f.IntVar(&r.patience, "patience", 1, "how many `times` as long as usual plugins have to start and answer, on a machine that is emulated or far too busy")
	f.BoolVar(&r.headless, "headless", false, "no live view, and no lines but failures")
	f.BoolVar(&r.asJSON, "json", false, "headless, and the last line of stdout is one object")
	return c
}

func (r runFlags) run(c *cobra.Command, dir string) error {
	if r.data == "" {
		return errors.New("aisle run: --data is missing: the folder that keeps what happens in this store")
	}
	data, err := filepath.Abs(r.data)
	if err != nil {
		return err
	}
	given, err := r.given.variables()
	if err != nil {
		return err
	}
	last, err := recall(data)
	if err != nil {
		return err
	}
	vars := last.Vars
	if vars == nil {
		vars = map[string]string{}
	}
	maps.Copy(vars, given)
	files := r.given.files
	if len(files) == 0 {
		files = last.VarFiles
	}
	h := hosting{
		dir: dir, store: cmp.Or(r.given.store, last.Store), data: data, ca: r.ca, http: r.http, vars: vars, varFiles: files, untilIdle: r.untilIdle, acceptPrices: r.acceptPrices, patience: r.patience,
		live: !r.headless && !r.asJSON && terminal(c.OutOrStdout()), log: r.log,
	}
	h.lines = !r.headless && !r.asJSON
	first := !hasJournal(data)
	h.say = func() { h.sayAgain(c.ErrOrStderr()) }
	sum, err := h.run(c)
	if err != nil {
		if first { // nothing half started: nobody comes back for these peers
			err = errors.Join(err, stopPeers(context.WithoutCancel(c.Context()), data))
		}
		return err
	}
	if err := h.stopIdlePeers(c.Context(), c.ErrOrStderr()); err != nil {
		return err
	}
	end, err := h.close(context.WithoutCancel(c.Context()), sum)
	if err != nil {
		return err
	}
	if r.asJSON {
		err = object(c.OutOrStdout(), end)
	} else {
		if r.untilIdle {
			err = h.printReceipts(c.OutOrStdout())
		}
		end.print(c.OutOrStdout())
	}
	return errors.Join(err, end.verdict())
}

// stopIdlePeers ends the peers of a run that came to its end by itself: they
// have nothing to do any more. After Ctrl-C they stay for the next run,
// which is told.
func (h hosting) stopIdlePeers(ctx context.Context, w io.Writer) error {
	if !h.untilIdle || ctx.Err() != nil {
		h.sayPeers(w, store.RunningPeers(h.data))
		return nil
	}
	return stopPeers(ctx, h.data)
}
