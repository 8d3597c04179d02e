// Package measure holds the physical quantities of a shop as integers of one unit each: mass, probability and radio power.
//
// There is no floating point and no conversion to it; money has its own package, and time is package time's.
// Config, evidence and the core use these types, so a quantity can't be taken for another or for another unit.
// It promises that Parse of String gives the same value, and that a value it can't hold exactly is an error; only ounces and pounds,
// which are no whole number of milligrams, are rounded.
package measure
