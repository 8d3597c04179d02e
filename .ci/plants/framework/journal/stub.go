// Package journal stands in for the real one.
package journal

// A Thing is something to import.
type Thing struct{}
