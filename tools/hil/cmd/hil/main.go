// Command hil prepares the machines of package hil, and runs a program in one by hand.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/internal/image"
)

const usage = `usage: hil prepare
       hil run [-m MODULE]... [-e NAME=VALUE]... [-f INSIDE=FILE]... [-limit 5m] [-v] PROGRAM [ARG...]

prepare makes the image that tests boot, where it is missing: it downloads a kernel from Debian and compiles the GPIO simulator.
It ends with 3 where a package can't be had.
run boots a machine, runs a static linux/amd64 program in it as root, and ends with its status:

  CGO_ENABLED=0 go test -c -o gpio.test ./plugins/gpio/internal/pins
  go run ./tools/hil/cmd/hil run -m gpio-sim ./gpio.test -test.v
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "hil:", err)
		status = max(status, 1)
	}
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string) (int, error) {
	switch {
	case len(args) == 1 && args[0] == "prepare":
		dir, err := image.Prepare(ctx, os.Stderr)
		if err == nil {
			fmt.Println(dir)
		}
		if errors.Is(err, image.ErrPackage) {
			return 3, err
		}
		return 0, err
	case len(args) > 1 && args[0] == "run":
		return program(ctx, args[1:])
	}
	return 2, errors.New("what is to be done?\n" + usage)
}

func program(ctx context.Context, args []string) (int, error) {
	var vm hil.VM
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	add := func(to *[]string) func(string) error {
		return func(s string) error { *to = append(*to, s); return nil }
	}
	flags.Func("m", "", add(&vm.Modules))
	flags.Func("e", "", add(&vm.Env))
	flags.Func("f", "", func(s string) error {
		inside, file, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("write INSIDE=FILE, as /etc/store.hcl=store.hcl")
		}
		if vm.Files == nil {
			vm.Files = map[string]string{}
		}
		vm.Files[inside] = file
		return nil
	})
	flags.DurationVar(&vm.Limit, "limit", 5*time.Minute, "")
	verbose := flags.Bool("v", false, "")
	if err := flags.Parse(args); err != nil {
		return 2, err
	}
	if flags.NArg() == 0 {
		return 2, errors.New("which program?\n" + usage)
	}
	b, err := os.ReadFile(flags.Arg(0))
	if err != nil {
		return 0, err
	}
	o, err := vm.Boot(ctx, b, flags.Args()[1:]...)
	if *verbose {
		fmt.Fprint(os.Stderr, o.Kernel)
	}
	fmt.Print(o.Output)
	return o.Status, err
}
