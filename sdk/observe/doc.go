// Package observe is the vocabulary of evidence: the closed set of things that
// a device may report to the host.
//
// A device reports what it measured or saw, never what it means: a weight, not
// a sale; a body passing a gate, not a customer. What follows from evidence is
// decided by the core alone.
//
// Three rules hold for every kind. Evidence states levels, not edges, wherever
// there is a level to state, so that a lost message heals at the next one. It
// carries the interval of the device's own clock that it speaks of, because
// stages order by that interval and never by arrival. And it can hold no person:
// there is no field for a card number, a biometric template or an image.
//
// This is a pure room: no I/O, clock, goroutine, randomness or float.
package observe
