// Package scalesim stands in for the simulator of a plugin.
package scalesim

// Thing is something.
type Thing struct{}
