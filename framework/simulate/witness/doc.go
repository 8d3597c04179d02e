// Package witness judges the money of a simulated run from outside.
//
// It hears four voices and compares them: the ledger of the processor, the
// requests that reached it, the records that the host made durable, in their
// encoding, and what the shoppers really did. It imports no package of the
// host, not even the type for money, so that one error can't hide in both: it
// reads the records as JSON with structs of its own.
//
// The invariants and their ids (M1 to M15, F4, F5) are those of the reference.
// The simulator calls it, from one goroutine. It decides nothing about the run.
package witness
