package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/show"
)

// eventsFlags is the flags of the command.
type eventsFlags struct {
	attached
	follow bool
	show   show.Options
}

func newEvents() *cobra.Command {
	var e eventsFlags
	c := &cobra.Command{
		Use:   "events",
		Short: "Tell what happens in a store, a line each, as it happens",
		Long: "Events tells what happened and with --follow what happens, oldest first, from the store's journal: also beside a\n" +
			"host that runs, and across its restarts. --device keeps to what one device reported, was asked and answered. The\n" +
			"number in each line is the record's: --from continues where a reader stopped. --follow without --from begins now.",
		Example: "  aisle events --follow --data /var/lib/aisle/corner\n  aisle events --follow --device gate.north --all\n" +
			"  aisle events --data DATA --from 1200 --json | jq .input.kind",
		Args: needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			data, err := e.folder(c.Context())
			if err != nil {
				return err
			}
			return e.run(c.Context(), c.OutOrStdout(), data, c.Flags().Changed("from"))
		},
	}
	e.dataFlag(c)
	f := c.Flags()
	f.BoolVar(&e.follow, "follow", false, "go on until Ctrl-C")
	f.StringVar(&e.show.Device, "device", "", "only this device: its `address`, such as gate.north")
	f.Uint64Var(&e.show.From, "from", 1, "first record, by its `number`")
	f.BoolVar(&e.show.All, "all", false, "every input and every fact")
	f.BoolVar(&e.show.JSON, "json", false, "whole records, one object a line")
	return c
}

func (e *eventsFlags) run(ctx context.Context, w io.Writer, data string, from bool) (err error) {
	j, err := books.Open(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if !e.follow {
		return show.Show(j.Records, w, e.show)
	}
	if !from {
		e.show.From = j.Head() + 1
	}
	return show.Follow(func(record func(event.Record, []byte) error, rest func() error) error {
		return j.Follow(ctx, record, rest)
	}, w, e.show)
}
