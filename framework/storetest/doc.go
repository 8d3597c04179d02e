// Package storetest runs the tests that stand beside a store's files: scripted
// visits on made-up devices, in virtual time, with asserts on carts, receipts,
// asks and alerts.
//
// It drives the real core with evidence that devices of the store's own
// definition would report, and answers what the core asks for as a gate and a
// card processor would. Nothing of the machine around the core runs: no process,
// no plugin, no disk, no clock of the machine. Devices are good ones here and
// tell what happened; package simulate is for noise and faults. The language of
// tests is hcl/storefile's.
//
// The aisle command calls it. A run has one goroutine and draws nothing, so that
// it goes the same way each time; Run has several at once.
package storetest
