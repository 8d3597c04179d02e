// Package hil stands in for the machines of tests.
package hil

// VM is one.
type VM struct{}
