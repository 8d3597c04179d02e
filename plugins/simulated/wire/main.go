// Command wire is the hardware of a simulated store: where its gates, readers, lanes
// and shelves stand, it stands in their place and speaks the protocols that such
// devices speak, so that a store's plugins for real devices can be run against the
// simulated world. The world tells it what is before each device (a load, a tag, a
// card, a body in the lane), and it shows that as hardware does; what plugins drive it
// to do, such as a gate's relay, it does in the world.
//
// It is a peer of a store file, as the world is, and knows neither the plugins nor the
// store. Nothing but bytes of the protocols goes between it and the plugins. Only where
// staff stand beside a device does it play them: whose palm a reader shall learn they tell
// the store, by its API. It does not prove the plugins: the simulators that it is made of are ours, as each plugin's README says.
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
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "wire:", err)
		}
		stop()
		os.Exit(1)
	}
}

// flags are the command line.
type flags struct {
	wiring, world, data, addressFile, keys string
	linger                                 time.Duration
}

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	fs := flag.NewFlagSet("wire", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&f.wiring, "wiring", "", "`file` that says which device speaks what, and where (required)")
	fs.StringVar(&f.world, "world", "world", "`name` of the peer that is the world")
	fs.StringVar(&f.keys, "keys", "", "`folder` with the keys that the wiring names; that of the wiring by default")
	fs.StringVar(&f.data, "data", "", "the store's data `folder` (required)")
	fs.StringVar(&f.addressFile, "address-file", "", "`file` to write the address to, once all devices are there (required)")
	fs.DurationVar(&f.linger, "linger", 10*time.Minute, "how long to stay without a world")
	if err := fs.Parse(args); err != nil {
		return f, err
	}
	for _, r := range []struct{ name, value string }{{"wiring", f.wiring}, {"data", f.data}, {"address-file", f.addressFile}} {
		if r.value == "" {
			return f, fmt.Errorf("-%s is required", r.name)
		}
	}
	if fs.NArg() > 0 {
		return f, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if f.keys == "" {
		f.keys = filepath.Dir(f.wiring)
	}
	return f, nil
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	f, err := parse(args, stderr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	w, err := readWiring(f.wiring, f.keys)
	if err != nil {
		return err
	}
	address, err := os.ReadFile(filepath.Join(f.data, "peers", f.world+".address"))
	if err != nil {
		return fmt.Errorf("the world has no address yet; its peer must come before this one in the store file: %w", err)
	}
	at, err := findPlace(f.data, w.ports())
	if err != nil {
		return err
	}
	defer at.close()
	s := newStore(w, at, strings.TrimSpace(string(address)), newDesk(f.data), log)
	return s.run(ctx, f.linger, func() error { return announce(f.addressFile, "tcp://"+at.host+":"+fmt.Sprint(statusPort)) })
}

// announce writes the address so that nobody reads half of it.
func announce(file, address string) error {
	tmp := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := os.WriteFile(tmp, []byte(address), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}
