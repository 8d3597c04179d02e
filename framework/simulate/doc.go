// Package simulate runs whole stores in virtual time, in one thread, from a
// seed: shoppers, devices, network, disk and a card processor that are made up
// around the real core, with every fault of the catalogue, and checks the
// invariants after each step and at the end.
//
// The core is driven as the engine, dispatch and the composition root drive it:
// records become durable in groups, asks go out only after theirs, evidence is
// acknowledged only after its own, a crash loses what is not durable and the
// plugins with it. That model of a host is all that stands between the core and
// the made-up world. Money is judged by package witness, which hears the
// processor's own ledger and imports nothing of the host.
//
// The same seed and profile give the same run, event for event: each concern
// draws from a stream of its own, so that a new fault does not shift the others.
// It is called by the command `aisle sim` and by its tests. It has no clock and
// starts no goroutine, but for Many, which runs seeds side by side.
package simulate
