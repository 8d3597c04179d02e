// Package cart stands in for the real one.
package cart

// A Thing is something to import.
type Thing struct{}
