// Package peer stands in for the real one.
package peer

// A Thing is something to import.
type Thing struct{}
