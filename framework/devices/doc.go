// Package devices opens a store's devices on their plugins and keeps them open.
//
// It mints the epoch of each opening, checks every report and hands it on as
// evidence, hands back what the journal has as acknowledgements, opens again
// what was lost, and states each change of a device's state. It gives commands
// to whoever sends asks, for the present opening of a device, counts what
// becomes of them, and moves devices to another version of their plugin while
// the store is open (Upgrade). Gates are leased (package lease), so that two
// hosts on a machine never drive the same one.
//
// It decides nothing about what evidence means, starts no process (package
// supervisor does) and keeps nothing: the engine behind Sink journals, and
// package store puts the two together.
//
// It promises that what reaches the Sink is sound evidence of a kind that the
// device's class may report, under the address that the store gives it; that a
// report it refuses is stated as lost or, where it is of an opening that is
// over, counted, never left out in silence; that a slow Sink holds plugins back
// and loses nothing; that a device goes only where the table of transitions
// lets it, and that each change is handed on and logged once, with its cause,
// time, epoch and power; that a command which comes while its device moves
// waits or is answered unavailable; that an upgrade which fails is undone by
// itself; and that no lock of the host is held across a call to a plugin.
package devices
