package witness

import (
	"fmt"
	"time"
)

func digest(op, of, token, reference string, minor int64, currency string) string {
	if op == "lookup" {
		return "lookup|" + of
	}
	return fmt.Sprint(op, "|", token, "|", reference, "|", minor, "|", currency)
}

func (w *Witness) asked(a asked) {
	if a.Ask.Operation == "admit" {
		return
	}
	w.durable[a.Ask.Operation+"|"+a.Ask.Key] = true
}

// Asked hears a request as it reaches the processor.
func (w *Witness) Asked(r Request) {
	w.Now(r.At)
	w.noCard(r.Session, r.Op)
	if r.Op == "lookup" {
		return
	}
	if r.Other { // of another host, which the processor tells by the key: it is refused what differs
		return
	}
	d := digest(r.Op, r.Of, r.Token, r.Reference, r.Minor, r.Currency)
	if old, known := w.digests[r.Key]; known && old != d {
		w.violate("M9", r.Session, "key %s stands for %s and is now sent with %s", r.Key, old, d)
	}
	w.digests[r.Key] = d
	if !w.durable[r.Op+"|"+r.Key] {
		w.violate("M8", r.Session, "a request to %s under key %s is not in the journal", r.Op, r.Key)
	}
}

// Sent hears that a request leaves the host, before anything can befall it.
func (w *Witness) Sent(session, op, key string) {
	if !w.durable[op+"|"+key] {
		w.violate("M8", session, "a request to %s under key %s is sent before it is in the journal", op, key)
	}
}

func (w *Witness) paymentMoved(m moved) {
	s := w.of(m.Session, "a payment")
	if m.Reference != "" && m.Held != nil && m.State == "held" {
		s.held[m.Reference] = m.Held.Minor
	}
	s.final = m.State
	if m.State == "captured" && m.Reference != "" && m.Captured != nil {
		w.told[m.Reference] = m.Captured.Minor
	}
	switch m.State {
	case "captured", "failed", "held":
		delete(w.offline, m.Session)
	case "voided":
		if m.Key == "" { // nothing was ever asked: the visit costs nothing
			delete(w.offline, m.Session)
		}
	case "offline":
		if m.Due != nil && s.offline > 0 {
			w.offline[m.Session] = m.Due.Minor
		}
	}
	w.doubted(s, fmt.Sprint("hold ", max(1, m.Hold)), m.Doubtful)
}

// doubted keeps count of outcomes that are not known, and of how long they
// stayed so while nothing was in the way.
func (w *Witness) doubted(s *session, key string, doubtful bool) {
	if doubtful {
		if _, known := s.doubt[key]; !known {
			s.doubt[key] = w.now
			w.tally.Unknown++
		}
		return
	}
	since, known := s.doubt[key]
	if !known {
		return
	}
	delete(s.doubt, key)
	w.resolved(s, since)
}

func (w *Witness) resolved(s *session, since time.Time) {
	if w.trouble[s.id].After(since) {
		since = w.trouble[s.id]
	}
	if w.all.After(since) {
		since = w.all
	}
	took := w.now.Sub(since)
	if took > w.rules.ResolveWithin {
		w.violate("M10", s.id, "what became of a movement was found out %s after nothing was in the way any more", took)
	}
	w.tally.SlowestS = max(w.tally.SlowestS, int64(took/time.Second))
}

func (w *Witness) refundMoved(m refundMoved) {
	s := w.of(m.Session, "a refund")
	if s.settles == nil {
		s.settles = map[string]string{}
	}
	s.settles[m.Key] = m.State
	w.doubted(s, "refund "+m.Refund, m.Doubtful)
}

func (w *Witness) posted(p posted) {
	s := w.of(p.Session, "a posting")
	sums := map[string]int64{}
	for _, e := range p.Entries {
		sums[e.Amount.Currency] += e.Amount.Minor
		s.books[e.Account] += e.Amount.Minor
	}
	for cur, sum := range sums {
		if sum != 0 {
			w.violate("M7", p.Session, "a posting does not balance: %d %s are left", sum, cur)
		}
	}
	if s.books["receivable"] < 0 {
		w.violate("M7", p.Session, "the shopper's account is below zero: %d", s.books["receivable"])
	}
}

func (w *Witness) cartFrozen(f frozen) {
	s := w.of(f.Session, "a cart")
	s.frozen++
	s.frozenAt = f.At
	if s.frozen > 1 {
		w.violate("S5", f.Session, "the cart closes a second time")
	}
	for _, l := range f.Lines {
		if l.Quantity <= 0 {
			w.violate("S3", f.Session, "a cart has %d of %s", l.Quantity, l.GTIN)
		}
		s.frozenUnits += l.Quantity
	}
}

func (w *Witness) sessionClosed(c closed) {
	s := w.of(c.Session, "an end")
	s.closed++
	s.closedAt = c.At
	delete(w.offline, c.Session)
	if s.closed > 1 {
		w.violate("M2", c.Session, "the session closes a second time")
	}
}
