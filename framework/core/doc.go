// Package core decides. It is a function: the same state, time and input give
// the same facts on every machine.
//
// Step runs the five stages in order, entry, attribution, cart, settlement and
// receipt, each in a package of its own. Each sees the input and the facts of
// earlier stages, never of later ones; what must travel up leaves as an ask and
// comes back as an answer, through the journal. Apply folds one fact and never
// decides, so recovery is Apply alone.
//
// Only the engine calls it, from one goroutine. It does no I/O, reads no clock,
// and uses no float, goroutine, channel, randomness or order of a map.
package core
