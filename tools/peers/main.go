// Command peers writes the table of plugins/README.md that says which plugin was held
// against what: implementations and vectors that nobody here wrote, and the conformance
// suites. Every count is of a run:
//
//	go test -count=1 -v ./plugins/... | go run ./tools/peers -write
//
// A test says by attributes what it holds its plugin against; nothing else is declared
// anywhere, so a new plugin is in the table once its tests say so:
//
//	t.Attr("peer", "npm llrpjs 1.0.1")                // or
//	t.Attr("vectors", "SIA OSDP 2.2, annex E")
//	t.Attr("cases", strconv.Itoa(len(vectors)))       // where they are no subtests
//
// Tests whose names end with Conforms are the suites of classes and need not say that.
//
// With -check it changes nothing, tells what is not as the run has it, and fails where the
// table says more of a peer or of vectors than the run did: a claim that no test bears
// out. Suites grow and shrink with their classes, and are told only. What was skipped, for
// a peer that is not on this machine, keeps its count.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The table stands between these lines.
const (
	beginLine = "<!-- peers: written by tools/peers from a run of the tests -->"
	endLine   = "<!-- peers: end -->"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "peers:", err)
		}
		os.Exit(1)
	}
}

func run(args []string, stdin io.Reader, stderr io.Writer) error {
	fs := flag.NewFlagSet("peers", flag.ContinueOnError)
	fs.SetOutput(stderr)
	write := fs.Bool("write", false, "write the table")
	check := fs.Bool("check", false, "fail where the table says more than the run")
	file := fs.String("file", "plugins/README.md", "`file` with the table")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *write == *check || fs.NArg() > 0 {
		return errors.New("either -write or -check, and the output of go test -v on stdin")
	}
	page, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	told, err := read(stdin)
	if err != nil {
		return err
	}
	next, err := renew(page, told)
	if err != nil {
		return fmt.Errorf("%s: %w", *file, err)
	}
	if bytes.Equal(page, next) {
		return nil
	}
	if *check {
		fmt.Fprintf(stderr, "%s is older than the tests:\n%s\n", *file, differences(page, next))
		if more := tooMuch(page, next); len(more) > 0 {
			return fmt.Errorf("%s says more than the tests did:\n%s\nRun: go test -count=1 -v ./plugins/... | go run ./tools/peers -write", *file, strings.Join(more, "\n"))
		}
		return nil
	}
	return os.WriteFile(*file, next, 0o644)
}
