// Package session is one conversation with one reader: connecting, agreeing on a version, asking and answering, keep-alives, and ending it so
// that the reader knows.
//
// It knows messages and no tags; package reader says what to ask and takes the reports. It has no goroutine: who calls reads. It promises
// that a reader that is silent, slow, or speaks something else ends in an error that says so in a sentence.
package session
