package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"
)

// The example store of the demo, in the module's tree.
const (
	modulePath = "github.com/openaisle/aisle"
	cornerDir  = "examples/corner"
	canteenDir = "examples/canteen"
	wireDir    = "examples/corner-wire"
)

// demoStores are the examples whose world has shoppers of its own.
var demoStores = map[string]string{"corner": cornerDir, "canteen": canteenDir, "corner-wire": wireDir}

// demo is the flags of the command.
type demo struct {
	shoppers, seed   int64
	noise, speed     string
	data, http       string
	example          string
	headless, asJSON bool
	speedGiven       bool
	log              logging
}

func newDemo() *cobra.Command {
	var d demo
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show a shop: shoppers come, take things and leave, and get receipts",
		Long: "Demo builds a corner shop from examples/corner and what it needs, opens it, and lets shoppers come: they\n" +
			"take things, put some back, sometimes in the wrong place, and leave. The terminal and a page on this machine\n" +
			"show their carts as they change. At the end there are receipts, held against what each visit really carried\n" +
			"out and against the money that really moved.\n\n" +
			"With --example canteen it is a canteen without cards: badges and meal plans, a salad bar by weight, and beer\n" +
			"for whoever is known to be old enough. With --example corner-wire its devices speak the protocols of real ones,\n" +
			"and the wall's clock governs: there is no --speed.\n\n" +
			"The same seed gives the same shoppers. It needs Aisle's source tree and Go, and nothing else.",
		Example: "  aisle demo\n  aisle demo --shoppers 200 --noise none --seed 7 --headless\n  aisle demo --headless --json | tail -n 1\n  aisle demo --example canteen --shoppers 40 --noise none --headless",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			d.speedGiven = c.Flags().Changed("speed")
			return d.run(c)
		},
	}
	d.log.flags(c)
	f := c.Flags()
	f.Int64Var(&d.shoppers, "shoppers", 20, "how many visits there are")
	f.Int64Var(&d.seed, "seed", 1, "the same seed gives the same shoppers")
	f.StringVar(&d.example, "example", "corner", "which `STORE`: corner, canteen or corner-wire")
	f.StringVar(&d.noise, "noise", "nominal", "`LEVEL` of the sensors' errors: none, nominal or harsh")
	f.StringVar(&d.speed, "speed", "10", "`N|max`: N times real time, or as fast as it goes; max where nobody watches")
	f.StringVar(&d.data, "data", "", "data `folder` (default: a fresh temporary one)")
	f.StringVar(&d.http, "http", "127.0.0.1:0", "`address` of the page, on this machine; \"\" for none; none where nobody watches")
	f.BoolVar(&d.headless, "headless", false, "no live view and no page")
	f.BoolVar(&d.asJSON, "json", false, "headless, and the last line of stdout is one object")
	return c
}

func (d demo) run(c *cobra.Command) error {
	if err := d.check(); err != nil {
		return err
	}
	h, err := d.hosting(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(h.data, 0o700); err != nil {
		return err
	}
	// Before anything runs, so that it can be gone on with whenever it is killed.
	if err := h.remember(); err != nil {
		return err
	}
	h.sayAgain(c.ErrOrStderr())
	sum, err := h.run(c)
	if err != nil {
		return errors.Join(err, stopPeers(context.WithoutCancel(c.Context()), h.data))
	}
	if err := h.stopIdlePeers(c.Context(), c.ErrOrStderr()); err != nil {
		return err
	}
	end, err := h.close(context.WithoutCancel(c.Context()), sum)
	if err != nil {
		return err
	}
	if d.asJSON {
		if err := object(c.OutOrStdout(), end); err != nil {
			return err
		}
		return end.verdict()
	}
	if err := h.printReceipts(c.OutOrStdout()); err != nil {
		return err
	}
	if c.Context().Err() != nil {
		fmt.Fprintln(c.OutOrStdout(), "Stopped before the last shopper had left.")
	}
	end.print(c.OutOrStdout())
	if !d.headless {
		fmt.Fprintf(c.OutOrStdout(), "To look at its page again: %s run %s --data %s --http 127.0.0.1:8080\n", self(), quoted(h.dir), quoted(h.data))
	}
	return end.verdict()
}

func (d demo) check() error {
	switch {
	case d.shoppers < 1:
		return errors.New("--shoppers: at least 1")
	case d.seed < 0:
		return errors.New("--seed: not less than 0")
	case d.noise != "none" && d.noise != "nominal" && d.noise != "harsh":
		return fmt.Errorf("--noise %q: none, nominal or harsh", d.noise)
	}
	if demoStores[d.example] == "" {
		return fmt.Errorf("--example %q: corner, canteen or corner-wire", d.example)
	}
	if times, err := strconv.ParseFloat(d.speed, 64); d.speed != "max" && (err != nil || times <= 0) {
		return fmt.Errorf("--speed %q: a number of times real time, or max", d.speed)
	}
	return nil
}

// hosting says what to run, on which data.
func (d demo) hosting(c *cobra.Command) (hosting, error) {
	quiet := d.headless || d.asJSON
	h := hosting{data: d.data, http: d.http, untilIdle: true, live: !quiet, log: d.log}
	if quiet && !c.Flags().Changed("http") {
		h.http = ""
	}
	speed := d.speed
	if quiet && !d.speedGiven {
		speed = "max"
	}
	h.vars = map[string]string{
		"shoppers": strconv.FormatInt(d.shoppers, 10), "seed": strconv.FormatInt(d.seed, 10), "noise": d.noise, "speed": speed,
	}
	if demoStores[d.example] == wireDir {
		if d.speedGiven {
			return h, errors.New("--speed: the devices of corner-wire speak real protocols, which go by the wall's clock")
		}
		delete(h.vars, "speed")
	}
	var err error
	if h.dir, err = exampleStore(demoStores[d.example]); err != nil {
		return h, err
	}
	if h.data == "" {
		h.data, err = os.MkdirTemp("", "aisle-demo-")
		return h, err
	}
	if hasJournal(h.data) {
		return h, fmt.Errorf("%s holds a demo already\nTo go on with it: %s\nTo start another one, give another folder",
			h.data, h.again())
	}
	h.data, err = filepath.Abs(h.data)
	return h, err
}

// corner finds the demo's first store in the module's tree.
func corner() (string, error) { return exampleStore(cornerDir) }

// exampleStore finds an example store in the module's tree.
func exampleStore(dir string) (string, error) {
	root, err := sourceTree("the demo's store is built from Aisle's source", "demo")
	if err != nil {
		return "", fmt.Errorf("%w\nA store of your own, anywhere: %s init --example %s DIR", err, self(), filepath.Base(dir))
	}
	return filepath.Join(root, filepath.FromSlash(dir)), nil
}
