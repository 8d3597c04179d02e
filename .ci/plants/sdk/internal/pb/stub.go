// Package pb stands in for the real one.
package pb

// A Thing is something to import.
type Thing struct{}
