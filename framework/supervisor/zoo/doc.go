// Package zoo is the list of plugins that misbehave, with what is expected of
// the host for each: what the operator is told, and that nobody else is
// disturbed.
//
// The animals themselves are programs: those of ./animal in Go, those of
// ./python in another language over nothing but the published contract. This
// package only lists and finds them. Its tests let each loose beside a
// well-behaved plugin on one supervisor; package hostbench measures with them.
// It knows no store.
package zoo
