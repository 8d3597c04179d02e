// Package thing stands in for code of an example.
package thing

// Thing stands in for any.
type Thing struct{}
