// Command aisle runs shops without checkouts, and shows one: see aisle --help
// or tools/README.md.
//
// This package is the command line and nothing else: flags, words for people,
// one JSON object for machines, exit codes. What it shows is made by
// framework/store and read from the journal; how a run is judged from outside
// is internal/audit. Exit code 0 means that all is well, 1 that it is not, with
// one clear message on stderr.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/openaisle/aisle/framework/simulate/crash"
	"github.com/openaisle/aisle/framework/store/hostbench"
	"github.com/openaisle/aisle/framework/supervisor/evidencebench"
)

func main() {
	if evidencebench.Child(os.Args[1:]) { // this process is the other end of aisle bench evidence
		return
	}
	if hostbench.Child(os.Args[1:]) { // this process is a host that aisle bench host measures
		return
	}
	if crash.Child(os.Args[1:]) { // this process uses the disks of aisle sim crash
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second Ctrl-C ends the command at once.
	context.AfterFunc(ctx, stop)
	code := execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
