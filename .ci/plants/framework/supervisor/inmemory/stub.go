// Package inmemory stands in for the real one.
package inmemory

// A Thing is something to import.
type Thing struct{}
