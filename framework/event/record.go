package event

import "time"

// Record is one entry of the journal: an input, when it was taken in, and the
// facts that followed. Seq is the journal's number.
type Record struct {
	Seq   uint64
	At    time.Time
	Input Input
	Facts []Fact
}
