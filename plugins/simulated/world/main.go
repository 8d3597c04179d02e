// Command world is the simulated world of plugins/simulated: a store full of
// shoppers, its sensors and its card processor, in a process of its own that
// outlives the host. The README of plugins/simulated says how to use it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "world:", err)
			tellStarter(err.Error())
		}
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if f.report {
		return report(f.data, stdout)
	}
	if f.detach {
		return detach(ctx, args, f, stdout)
	}
	f.ready = func() { tellStarter(readyYes) }
	return serve(ctx, f, slog.New(slog.NewTextHandler(stderr, nil)))
}
