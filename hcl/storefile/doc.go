// Package storefile reads store definitions: a folder of .hcl files becomes a
// storedef.Store, or a list of everything that is wrong with it.
//
// It parses, follows references, parses units, evaluates expressions and checks
// the vendors' config blocks against the schemas that the caller hands in. It
// starts nothing, asks no plugin and keeps no secret: those are the caller's
// (see Options). Formatting, for aisle fmt, is here too.
//
// The aisle command and package framework/store call it. It promises that no
// input makes it panic, that all problems are found at once and each has a
// place, and that nothing it gives away is an HCL value: problems, the store
// and places are plain.
package storefile
