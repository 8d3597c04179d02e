package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/money"
)

// printError writes the one message that a command ends with.
func printError(w io.Writer, err error) {
	word := "Error: "
	if colour(w) {
		word = "\x1b[1m\x1b[31mError:\x1b[0m "
	}
	fmt.Fprintf(w, "%s%s\n", word, strings.TrimSpace(err.Error()))
}

// printProblems writes what is wrong with a store, with snippets, and gives the
// error to end with.
func printProblems(w io.Writer, dir string, ps storefile.Problems) error {
	if err := storefile.Print(w, ps, colour(w)); err != nil {
		return err
	}
	errs, warnings := ps.Count()
	if errs == 0 {
		return nil
	}
	if dir == "." {
		dir = "this folder"
	}
	fmt.Fprintf(w, "%s in %s", count(errs, "error"), dir)
	if warnings > 0 {
		fmt.Fprintf(w, ", and %s", count(warnings, "warning"))
	}
	fmt.Fprintln(w, ".")
	return errTold
}

// colour reports whether what is written to w shall be coloured: it is a
// terminal, and nobody objects (no-color.org).
func colour(w io.Writer) bool {
	return terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// object writes v as JSON on one line.
func object(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", b)
	return err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// amount writes minor units of a currency for people.
func amount(minor int64, currency string) string {
	return money.New(minor, money.Currency(currency)).String()
}

// some gives an empty list in place of null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
