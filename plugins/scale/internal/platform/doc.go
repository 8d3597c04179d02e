// Package platform is a scale as a weight shelf of one bay: it asks for the
// weight again and again, and reports what stands still.
//
// It knows nothing of wires and little of protocols (packages link and dialect).
// Main's drivers open it. It promises that a scale that answers nothing, or
// nonsense, is told as lost with what to look at, and that a weight said while
// something moves is never reported.
package platform
