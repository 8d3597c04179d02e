// Command stripetest runs a stripetest server as a process of its own: the peer of a store whose processor is
// plugins/stripe. It writes its address once it serves, and ends on SIGTERM, on SIGINT, or when nobody has called for a while.
//
// It keeps to the convention of peers: --data names the folder for what it writes, --address-file the file for its
// address, --linger how long it waits for a host that went away.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
)

const defaultLinger = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "stripetest:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	stripetest.Options
	addressFile string
	linger      time.Duration
}

func parse(args []string, errs io.Writer) (settings, error) {
	s := settings{Options: stripetest.Options{Methods: map[string]string{}}}
	flags := flag.NewFlagSet("stripetest", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&s.Listen, "listen", "127.0.0.1:0", "serve on `ADDRESS`")
	flags.StringVar(&s.addressFile, "address-file", "", "write the base URL to `FILE` once it serves")
	flags.StringVar(&s.LedgerFile, "ledger", "", "append every movement to `FILE` (default: ledger.jsonl in the data folder)")
	data := flags.String("data", "", "keep files in `FOLDER`")
	flags.StringVar(&s.APIKey, "api-key", "", "accept this secret `KEY` only (default: any that looks like a test key)")
	flags.DurationVar(&s.SearchDelay, "search-delay", 0, "let search lag behind by `TIME`")
	flags.DurationVar(&s.linger, "linger", defaultLinger, "end when there was no request for `TIME`; 0 never ends")
	flags.Func("method", "take `TOKEN=CARD` as a payment method too, as in pm_sim_*=visa (repeatable)", func(v string) error {
		token, card, ok := strings.Cut(v, "=")
		if !ok {
			return errors.New("want TOKEN=CARD")
		}
		s.Methods[token] = card
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if s.LedgerFile == "" && *data != "" {
		s.LedgerFile = filepath.Join(*data, "ledger.jsonl")
	}
	return s, nil
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	s, err := parse(args, errs)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.LedgerFile != "" {
		if err := os.MkdirAll(filepath.Dir(s.LedgerFile), 0o755); err != nil {
			return err
		}
	}
	server, err := stripetest.Start(s.Options)
	if err != nil {
		return err
	}
	if s.addressFile != "" {
		if err := writeAtomic(s.addressFile, server.URL); err != nil {
			return errors.Join(fmt.Errorf("write the address: %w", err), server.Close())
		}
	}
	fmt.Fprintln(out, server.URL)
	wait(ctx, server, s.linger)
	return server.Close()
}

// wait returns when ctx ends or the server has been idle for linger.
func wait(ctx context.Context, server *stripetest.Server, linger time.Duration) {
	if linger <= 0 {
		<-ctx.Done()
		return
	}
	for {
		left := time.Until(server.IdleSince().Add(linger))
		if left <= 0 {
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// writeAtomic writes a file so that a reader finds all of it or none.
func writeAtomic(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".address-")
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
