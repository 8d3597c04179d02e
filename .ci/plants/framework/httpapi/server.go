// Package httpapi stands in for the real one: the linters that are not about design are awake.
package httpapi

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/openaisle/aisle/sdk/observe"
)

// A Server is an example.
type Server struct{ unused int } // want unused "field unused is unused"

// Name misses a kind, default or not.
func Name(k observe.Kind, e observe.Evidence) string {
	switch k { // want exhaustive "missing cases in expression switch: observe.KindScan"
	case observe.KindWeight:
		return "weight"
	case observe.KindTag:
		return "tag"
	default:
	}
	switch e.(type) { // want gochecksumtype "missing cases for Tag"
	case observe.Weight:
		return "weight"
	case nil:
	}
	names := map[observe.Kind]string{observe.KindTag: "tag"}
	return names[k]
}

// Fetch leaks, swallows, prints and exits.
func Fetch(db *sql.DB) error {
	resp, err := http.Get("http://127.0.0.1/") // want bodyclose "response body must be closed"
	if err == io.EOF {                         // want errorlint "comparing with == will fail on wrapped errors"
		os.Exit(1) // want forbidigo "exit: only main ends the process"
	}
	fmt.Println(resp.Status)        // want forbidigo "library: stdout belongs to"
	rows, err := db.Query("select") // want sqlclosecheck "Rows/Stmt/NamedStmt was not closed" rowserrcheck "rows.Err must be checked"
	if err != nil {
		return fmt.Errorf("fetch: %v", err) // want errorlint "non-wrapping format verb"
	}
	for rows.Next() {
		rows.Scan() // want errcheck "Error return value of `rows.Scan` is not checked"
	}
	n := 1 // want ineffassign "ineffectual assignment to n"
	n = 2
	var p *Server
	fmt.Fprintf(io.Discard, "%d %d", n) // want govet "printf" staticcheck "SA5009"
	// want+1 nolintlint "should provide explanation" "is unused for linter"
	_ = errors.New("x") //nolint:errcheck
	_ = errors.New("x") //nolint // want nolintlint "should mention specific linter"
	println(n)          // want forbidigo "library: print and println"
	return p.close()
}

func (s *Server) close() error { return nil }
