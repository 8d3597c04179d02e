// Package examples stands in for the files of the examples, which a command may hold.
package examples

// Files stands in for them.
var Files string
