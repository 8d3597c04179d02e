// Package gate stands in for the real one.
package gate

// A Thing is something to import.
type Thing struct{}
