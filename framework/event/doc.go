// Package event is the language of the journal: what came in, what follows
// from it, what the store asks of the world and what the world answers.
//
// Everything that the store ever knows is a Fact that some Input led to, and
// the two are kept together in one Record. Facts rebuild the state; inputs can
// be stepped again by newer code to see what it would have decided. So the
// encodings here are frozen: a field may be added, none may change its meaning,
// and golden files hold every kind to that.
//
// This is a pure room.
package event
