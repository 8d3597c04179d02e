// Package supervisor stands in for the real one.
package supervisor

// A Thing is something to import.
type Thing struct{}
