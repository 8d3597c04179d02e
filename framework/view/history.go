package view

import "slices"

// history is all receipts: the newest whole, of the others where they are in
// the journal.
type history struct {
	held  map[string]*Receipt // never written again once stored
	order []string            // ids held, oldest first
	where map[string]*place
}

type place struct {
	number  int
	seqs    []uint64
	opened  uint64 // the record that opened the visit; zero for one that is not known
	pending bool
}

func newHistory() history {
	return history{held: map[string]*Receipt{}, where: map[string]*place{}}
}

// add takes up a version. It reports whether it is the receipt's first, whether
// the version before it had pending lines, and whose receipt is not held any
// more.
func (h *history) add(number int, opened uint64, v Version) (first, wasPending bool, gone string) {
	id := v.Receipt.ID
	p := h.where[id]
	if first = p == nil; first {
		p = &place{number: number, opened: opened}
		h.where[id] = p
	}
	wasPending, p.pending = p.pending, len(v.Receipt.Pending) > 0
	if len(p.seqs) == 0 || p.seqs[len(p.seqs)-1] != v.Seq {
		p.seqs = append(p.seqs, v.Seq)
	}
	switch r := h.held[id]; {
	case r != nil:
		h.held[id] = &Receipt{ID: id, Number: p.number, Versions: append(slices.Clone(r.Versions), v)}
	case first:
		h.held[id] = &Receipt{ID: id, Number: number, Versions: []Version{v}}
		h.order = append(h.order, id)
	}
	if len(h.order) > KeptReceipts {
		gone = h.held[h.order[0]].Latest().Receipt.Session
		delete(h.held, h.order[0])
		h.order = h.order[1:]
	}
	return first, wasPending, gone
}

// find gives a receipt that is held, or where in the journal it is.
func (h *history) find(id string) (*Receipt, place) {
	if r := h.held[id]; r != nil {
		return r, place{number: r.Number}
	}
	if p := h.where[id]; p != nil {
		return nil, place{number: p.number, opened: p.opened, seqs: slices.Clone(p.seqs)}
	}
	return nil, place{}
}
