package pins

import "slices"

// order puts the edges of several lines in the kernel's order: handlers of interrupts of
// different lines hand them over as they come to it.
type order struct {
	next    uint32 // the sequence number that is due
	waiting []Event
}

// add takes an edge as it was read.
func (o *order) add(e Event) {
	at, _ := slices.BinarySearchFunc(o.waiting, e, func(a, b Event) int { return int(int32(a.Seq - b.Seq)) })
	o.waiting = slices.Insert(o.waiting, at, e)
}

// due gives the edge whose turn it is. With late, one that is missing is not waited for
// any longer.
func (o *order) due(late bool) (Event, bool) {
	if len(o.waiting) == 0 || o.waiting[0].Seq != o.next && !late {
		return Event{}, false
	}
	e := o.waiting[0]
	o.waiting = o.waiting[1:]
	if lost := int32(e.Seq - o.next); lost >= 0 { // else it comes after all
		e.Lost = int(lost)
		o.next = e.Seq + 1
	}
	return e, true
}
