// Package server is the plugin's end of the contract: it opens devices, owns
// their goroutines, numbers and spools what they report, sends it, runs commands
// one at a time, and turns a panic of vendor code into a fault.
//
// It knows no class and no process: package sdk puts it behind go-plugin, and
// class packages register their command services with it. It promises that
// Report never blocks, that what is reported is delivered in order and at least
// once until the host acknowledges it, or is counted in a gap, and that a
// command of an older opening never reaches a device.
package server
