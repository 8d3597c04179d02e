// Package show stands in for the real one.
package show

// A Thing is something to import.
type Thing struct{}
