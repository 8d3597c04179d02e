package turn

import (
	"container/heap"
	"time"
)

// Due is a list of names, each with the time when it is due. It is derived from
// facts and never encoded: whoever holds one sets it as facts are folded. Its
// order is that of time and name, so that no decision depends on how it came
// about. Every method costs the logarithm of its length.
type Due struct {
	at   map[string]time.Time
	list dueHeap
}

// Set says when a name is due; a zero time takes it off the list.
func (d *Due) Set(name string, at time.Time) {
	before, known := d.at[name]
	switch {
	case at.IsZero():
		delete(d.at, name)
	case known && before.Equal(at):
	default:
		if d.at == nil {
			d.at = map[string]time.Time{}
		}
		d.at[name] = at
		heap.Push(&d.list, dueEntry{at, name})
	}
	if len(d.list) > 2*len(d.at)+64 { // mostly of names that have another time by now
		d.compact()
	}
}

// Next is the earliest time that anything is due.
func (d *Due) Next() (time.Time, bool) {
	for len(d.list) > 0 {
		if e := d.list[0]; d.holds(e) {
			return e.at, true
		}
		heap.Pop(&d.list)
	}
	return time.Time{}, false
}

// By returns at most the given number of names that are due at a time, in
// order. They stay on the list until they are set anew.
func (d *Due) By(at time.Time, most int) []string {
	var names []string
	var taken []dueEntry
	for len(names) < most {
		next, ok := d.Next()
		if !ok || next.After(at) {
			break
		}
		e := heap.Pop(&d.list).(dueEntry)
		if n := len(names); n > 0 && names[n-1] == e.name { // set away and back: there twice
			continue
		}
		taken = append(taken, e)
		names = append(names, e.name)
	}
	for _, e := range taken {
		heap.Push(&d.list, e)
	}
	return names
}

// First is the earliest time of a name that is taken, in order; the others before
// it are passed over. Nothing comes off the list.
func (d *Due) First(taken func(name string, at time.Time) bool) (at time.Time, ok bool) {
	var passed []dueEntry
	for !ok {
		if _, any := d.Next(); !any {
			break
		}
		if e := d.list[0]; taken(e.name, e.at) {
			at, ok = e.at, true
		} else {
			passed = append(passed, e)
			heap.Pop(&d.list)
		}
	}
	for _, e := range passed {
		heap.Push(&d.list, e)
	}
	return at, ok
}

// Len is the number of names.
func (d *Due) Len() int { return len(d.at) }

func (d *Due) holds(e dueEntry) bool {
	at, ok := d.at[e.name]
	return ok && at.Equal(e.at)
}

func (d *Due) compact() {
	kept := d.list[:0]
	seen := make(map[string]bool, len(d.at))
	for _, e := range d.list {
		if d.holds(e) && !seen[e.name] {
			seen[e.name] = true
			kept = append(kept, e)
		}
	}
	d.list = kept
	heap.Init(&d.list)
}

type dueEntry struct {
	at   time.Time
	name string
}

type dueHeap []dueEntry

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].name < h[j].name
}
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)   { *h = append(*h, x.(dueEntry)) }
func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}
