// Package evidencebench is what `aisle bench evidence` compares the way from a
// plugin to the journal with: a bare gRPC stream of the same messages between
// two processes, in the same run.
//
// It also holds the plugin that both sides are fed by, which reports as fast as
// it can. Both are the program itself, started again: see Child. It judges
// nothing, and knows neither engine nor journal; package store has the other
// side and joins the two.
package evidencebench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
)

// The first arguments that make a process one of the two children.
const (
	pluginArg = "bench-evidence-plugin"
	bareArg   = "bench-evidence-bare"
)

// Driver is the plugin's one driver. Its config is {"reports": N}.
const Driver = "flood"

// Child serves as a plugin or as a bare end where the arguments say so,
// and reports whether they did. A program that runs the benchmark calls it
// before all else.
func Child(args []string) bool {
	switch {
	case len(args) == 1 && args[0] == pluginArg:
		sdk.Serve(plugin())
	case len(args) == 1 && args[0] == wireArg:
		sdk.Serve(wirePlugin())
	case len(args) == 2 && args[0] == rawArg:
		if err := serveRaw(args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	case len(args) == 3 && args[0] == bareArg:
		if err := serveBare(args[1], args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	default:
		return false
	}
	return true
}

// Spec is the plugin that reports as fast as it can: this very program.
func Spec(name string) (supervisor.Spec, error) {
	self, err := os.Executable()
	return supervisor.Spec{Name: name, Path: self, Args: []string{pluginArg}}, err
}

func plugin() sdk.Plugin {
	return sdk.Plugin{Name: "aisle/flood", Version: "0.0.0", Drivers: []sdk.Driver{shelf.Driver(Driver, open)}}
}

type config struct {
	Reports int `aisle:"reports,required,min=1" doc:"How many reports to make."`
}

func open(_ context.Context, _ sdk.Env, c config) (shelf.Shelf, error) { return flood{c.Reports}, nil }

// flood is a shelf on which the same mass stands for ever, stated again and
// again.
type flood struct{ reports int }

func (f flood) Run(ctx context.Context, report func(observe.Weight)) error {
	at := time.Now()
	for n := range f.reports {
		report(observe.Weight{Interval: observe.At(at.Add(time.Duration(n) * time.Microsecond)), Bay: 1, Mass: 10 * measure.Kilogram, Deviation: measure.Gram})
	}
	<-ctx.Done()
	return ctx.Err()
}
