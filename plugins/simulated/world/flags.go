package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
)

// The limits of flags.
const (
	maxShoppers = 1_000_000
	maxBasket   = 1000
	million     = 1_000_000
)

// flags are the command line.
type flags struct {
	scene, script, data, addressFile string
	seed                             uint64
	shoppers, basket, stops          int
	declines                         int
	noise, faults, speed, clock      string
	tenders                          string
	arrivals, linger                 time.Duration
	start                            time.Time
	await                            []string
	detach, report                   bool
	on                               []string // the faults by name

	perSecond float64
	// ready, where set, is called once the address file is there.
	ready func()
}

// opening is a Monday morning; any fixed instant would do.
const opening = "2026-01-05T08:00:00Z"

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	var start, await string
	fs := flag.NewFlagSet("world", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&f.scene, "scene", "", "`file` that says what the store looks like (required)")
	fs.StringVar(&f.data, "data", "", "`folder` for truth.jsonl and ledger.jsonl (required)")
	fs.StringVar(&f.addressFile, "address-file", "", "`file` to write the world's address to, once it serves (required)")
	fs.Uint64Var(&f.seed, "seed", 1, "seed of everything that is left to chance")
	fs.IntVar(&f.shoppers, "shoppers", 20, "number of visits")
	fs.IntVar(&f.basket, "basket", 8, "most units that one visit takes: keep it under the store's hold")
	fs.IntVar(&f.stops, "stops", 0, "most places at which a shopper stops; 0 for as many as they like")
	fs.DurationVar(&f.arrivals, "arrivals", 12*time.Second, "mean time between visits")
	fs.StringVar(&f.noise, "noise", "none", "how well sensors see: none, nominal or harsh")
	fs.StringVar(&f.tenders, "tenders", "", "what shoppers pay by, with shares, such as card=6,wallet=2,prepaid (default: as the scene says): "+strings.Join(scene.Kinds(), ", "))
	fs.StringVar(&f.script, "script", "", "`file` with one scripted visit, in place of shoppers")
	fs.StringVar(&f.faults, "payment-faults", "none", "what goes wrong with payments: none, answers, or some of "+strings.Join(processor.FaultNames(), ","))
	fs.IntVar(&f.declines, "declines", 0, "cards declined, per million")
	fs.StringVar(&f.speed, "speed", "max", "how many times faster than real time, or max")
	fs.StringVar(&f.clock, "clock", "virtual", "virtual: time moves when the host is ready; real: it follows the wall clock")
	fs.StringVar(&await, "await", "", "further participants, with commas, that the clock waits for before it starts")
	fs.StringVar(&start, "start", "", "when virtual time begins (default "+opening+", with a real clock now)")
	fs.DurationVar(&f.linger, "linger", 10*time.Minute, "how long to stay with nobody connected")
	fs.BoolVar(&f.detach, "detach", false, "go on in the background; return when the address is there")
	fs.BoolVar(&f.report, "report", false, "write the processor's report of the ledger in -data as CSV, for aisle reconcile, and end")
	if err := fs.Parse(args); err != nil {
		return f, err
	}
	if fs.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if f.report {
		if f.data == "" {
			return f, errors.New("-data is required")
		}
		return f, nil
	}
	if await != "" {
		f.await = strings.Split(await, ",")
	}
	if start == "" && f.clock == "real" {
		f.start = time.Now()
		return f, f.check()
	}
	start = cmp.Or(start, opening)
	var err error
	if f.start, err = time.Parse(time.RFC3339, start); err != nil {
		return f, fmt.Errorf("-start: %w", err)
	}
	return f, f.check()
}

func (f *flags) check() error {
	var errs []error
	fail := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	fail(f.scene == "", "-scene is required")
	fail(f.data == "", "-data is required")
	fail(f.addressFile == "", "-address-file is required")
	fail(f.shoppers < 0 || f.shoppers > maxShoppers, "-shoppers must be from 0 to %d", maxShoppers)
	fail(f.basket < 1 || f.basket > maxBasket, "-basket must be from 1 to %d", maxBasket)
	fail(f.stops < 0, "-stops must not be negative")
	fail(f.arrivals <= 0, "-arrivals must be positive")
	fail(f.linger <= 0, "-linger must be positive")
	fail(f.declines < 0 || f.declines > million, "-declines must be from 0 to %d", million)
	if f.faults != "none" && f.faults != "answers" {
		f.on = strings.Split(f.faults, ",")
		for _, name := range f.on {
			fail(!slices.Contains(processor.FaultNames(), name), "-payment-faults %q: it is none, answers, or some of %s", f.faults, strings.Join(processor.FaultNames(), ","))
		}
	}
	fail(f.clock != "virtual" && f.clock != "real", "-clock %q: it is virtual or real", f.clock)
	if f.speed != "max" {
		n, err := strconv.ParseFloat(f.speed, 64)
		fail(err != nil || !(n > 0) || n > million, "-speed %q: it is max or a positive number", f.speed)
		f.perSecond = n
	}
	for _, p := range []*string{&f.scene, &f.data, &f.addressFile, &f.script} {
		if *p != "" {
			abs, err := filepath.Abs(*p)
			fail(err != nil, "%s: %v", *p, err)
			*p = abs
		}
	}
	return errors.Join(errs...)
}
