// Package devices stands in for the real one.
package devices

// A Thing is something to import.
type Thing struct{}
