// Package storefile stands in for the real one.
package storefile

// A Thing is something to import.
type Thing struct{}
