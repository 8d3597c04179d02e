// Package codec is LLRP 1.0.1 and 1.1 on the wire (GS1/EPCglobal, Low Level Reader Protocol): every message and parameter as a Go type,
// written by package gen from the published definitions, and how they are read and written.
//
// It knows no connection and no time; package session speaks with it. It promises that no bytes do more than give an error, with memory bounded
// by MaxMessage; that what it read it writes again byte for byte, in whatever order the parameters came; and that parameters it does
// not know, or that stand where the standard has none, are kept as they are.
package codec
