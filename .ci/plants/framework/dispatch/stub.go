// Package dispatch stands in for the real one.
package dispatch

// A Thing is something to import.
type Thing struct{}
