// Package wired is the simulator's second tier: whole stores with faults, as in
// package simulate, but with nothing of the host modelled. What runs is the real
// SDK's server, real gRPC, and the real supervisor, devices, dispatch, engine,
// core and journal (in memory); what is made up are the drivers, the wire's
// memory, the shop, the people and the card processor.
//
// It runs in a bubble of testing/synctest, on virtual time: hours of a shop take
// seconds. A seed draws the shop, its people and what goes wrong; but goroutines
// are not scheduled by the seed, so that two runs of one are alike and not
// equal. So runs are judged by what must hold of any of them, and by no hash:
// money by package witness, evidence by package wired's own books (losses.go),
// calls by their deadlines, and what is left behind by synctest itself, which
// fails a bubble of which a goroutine is left.
//
// Its tests call it: there is no bubble elsewhere.
package wired
