// Package receipt stands in for the real one.
package receipt

// A Thing is something to import.
type Thing struct{}
