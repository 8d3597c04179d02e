// Package settlement stands in for the real one.
package settlement

// A Thing is something to import.
type Thing struct{}
