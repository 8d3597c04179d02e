// Package world stands in for the real one.
package world

// A Thing is something to import.
type Thing struct{}
