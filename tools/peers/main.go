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
// With -check it changes nothing and fails where the run says something else than the
// table. What was skipped, for a peer that is not on this machine, keeps its count.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
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
	check := fs.Bool("check", false, "fail where the run says something else")
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
		return fmt.Errorf("%s does not say what the tests did:\n%s\nRun: go test -count=1 -v ./plugins/... | go run ./tools/peers -write", *file, differences(page, next))
	}
	return os.WriteFile(*file, next, 0o644)
}
