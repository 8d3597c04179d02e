package view

import "slices"

// history is the newest receipts, whole; where the others are in the journal the
// past knows.
type history struct {
	held  map[string]*Receipt // never written again once stored
	order []string            // ids held, oldest first
}

func newHistory() history { return history{held: map[string]*Receipt{}} }

// addReceipt takes up a version. It reports whether it is the receipt's first, whether
// the version before it had pending lines, and whose receipt is not held any
// more.
func (m *Model) addReceipt(number int, opened uint64, v Version) (first, wasPending bool, gone string) {
	h, id := &m.receipts, v.Receipt.ID
	p := m.past.moved(id, v.Receipt.Version)
	if first = p == nil; first {
		p = &place{Session: v.Receipt.Session, Number: number, Opened: opened}
		m.past.places[id] = p
	}
	wasPending, p.Last = p.Last.Pending > 0, outline(&v.Receipt)
	if len(p.Seqs) == 0 || p.Seqs[len(p.Seqs)-1] != v.Seq {
		p.Seqs = append(p.Seqs, v.Seq)
	}
	switch r := h.held[id]; {
	case r != nil:
		h.held[id] = &Receipt{ID: id, Number: p.Number, Versions: append(slices.Clone(r.Versions), v)}
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
func (m *Model) find(id string) (*Receipt, place) {
	if r := m.receipts.held[id]; r != nil {
		return r, place{Number: r.Number}
	}
	if p := m.past.place(id); p != nil {
		at := *p
		at.Seqs = slices.Clone(p.Seqs)
		return nil, at
	}
	return nil, place{}
}
