// Package processor is a card processor that keeps its own ledger: holds,
// increments, captures, voids and refunds, with keys, expiry, look-ups and
// notices as real ones have them.
//
// It is the witness's side of the money. So it imports nothing of ours, not even
// the type for money: amounts are plain integers of minor units, and times are
// nanoseconds. It decides by its own rules, takes nothing on trust, and writes
// down every movement that really happened. Whether anybody hears of it is not
// its business: the simulated network loses, repeats and delays.
//
// The simulator calls it, from one goroutine, with the time as an argument.
package processor
