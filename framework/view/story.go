package view

import (
	"fmt"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// keptRefs is of how many reports it is known which record has them, so that
// what soon rests on them can say so. A shop makes some hundred a second, and
// a decision follows its evidence within seconds.
const keptRefs = 32 << 10

// stories are what receipts rest on, beside their own words: how sure each
// deed was, what was believed next, the records of the evidence, and what staff
// decided. A story is kept for as long as its visit is open or its receipt is
// held.
type stories struct {
	records map[event.Ref]uint64
	ring    []event.Ref // of records, oldest at next once it is full
	next    int
	of      map[string]*story // by session
}

// story is that of one visit.
type story struct {
	opened   uint64 // the record that opened it
	believed []believed
	seqs     map[event.Ref]uint64
	decided  []event.LineDecided
}

// believed is how sure something was.
type believed struct {
	gtin     gs1.GTIN
	is       measure.Probability
	runnerUp *Other
	refs     []event.Ref
}

func newStories() stories {
	return stories{records: map[event.Ref]uint64{}, of: map[string]*story{}}
}

// report remembers which record has a report.
func (s *stories) report(ref event.Ref, seq uint64) {
	if _, known := s.records[ref]; known { // a repeat
		return
	}
	s.records[ref] = seq
	if len(s.ring) < keptRefs {
		s.ring = append(s.ring, ref)
		return
	}
	delete(s.records, s.ring[s.next])
	s.ring[s.next] = ref
	s.next = (s.next + 1) % keptRefs
}

// fold takes in a record, whose facts name products as title does.
func (s *stories) fold(r event.Record, title func(gs1.GTIN) string) {
	if in, ok := r.Input.(event.Evidence); ok {
		s.report(in.Ref(), r.Seq)
	}
	for _, f := range r.Facts {
		switch f := f.(type) {
		case event.SessionOpened:
			s.of[f.Session] = &story{opened: r.Seq, seqs: map[event.Ref]uint64{}}
		case event.Taken:
			s.believe(f.Move, title)
		case event.Returned:
			s.believe(f.Move, title)
		case event.Doubted:
			s.doubt(f, title)
		case event.LineDecided:
			if v := s.of[f.Session]; v != nil {
				v.decided = append(v.decided, f)
			}
		case event.ReceiptIssued:
			s.issued(&f.Receipt)
		default: // nothing that a line rests on
		}
	}
}

// rest finds the records of reports that a visit rests on.
func (s *stories) rest(session string, refs []event.Ref) *story {
	v := s.of[session]
	if v == nil {
		return nil
	}
	for _, ref := range refs {
		if seq := s.records[ref]; seq > 0 {
			v.seqs[ref] = seq
		}
	}
	return v
}

func (s *stories) issued(r *event.Receipt) {
	each := func(why []event.Why) {
		for _, w := range why {
			s.rest(r.Session, w.Evidence)
		}
	}
	for i := range r.Lines {
		each(r.Lines[i].Why)
	}
	for _, list := range [][]event.PendingLine{r.Pending, r.Dropped} {
		for i := range list {
			each(list[i].Why)
		}
	}
}

func (s *stories) believe(m event.Move, title func(gs1.GTIN) string) {
	v := s.rest(m.Session, m.Evidence)
	if v == nil {
		return
	}
	b := believed{gtin: m.GTIN, is: m.Probability, refs: m.Evidence}
	if a := m.RunnerUp; a != nil {
		b.runnerUp = &Other{Text: instead(m.Session, a, title), Probability: a.Probability}
	}
	v.believed = append(v.believed, b)
}

// instead says another explanation in words. Other visits are not named: they
// are somebody else's.
func instead(session string, a *event.Alternative, title func(gs1.GTIN) string) string {
	by := ""
	if a.Session != session {
		by = " by somebody else"
	}
	switch {
	case a.GTIN == "" || a.Quantity == 0:
		return "nothing that is sold here was moved"
	case a.Quantity < 0:
		return fmt.Sprintf("%d × %s put back%s", -a.Quantity, title(a.GTIN), by)
	}
	return fmt.Sprintf("%d × %s taken%s", a.Quantity, title(a.GTIN), by)
}

func (s *stories) doubt(f event.Doubted, title func(gs1.GTIN) string) {
	for _, id := range f.Sessions {
		v := s.rest(id, f.Evidence)
		if v == nil {
			continue
		}
		b := believed{refs: f.Evidence}
		for i, c := range f.Candidates {
			switch i {
			case 0:
				b.gtin, b.is = c.GTIN, c.Probability
			case 1:
				b.runnerUp = &Other{Text: fmt.Sprintf("%d × %s", c.Quantity, title(c.GTIN)), Probability: c.Probability}
			}
		}
		v.believed = append(v.believed, b)
	}
}

// events says what a line rests on, and how sure each was.
func (s *story) events(g gs1.GTIN, why []event.Why) []EventExplained {
	out := []EventExplained{}
	for _, w := range why {
		x := EventExplained{Text: w.Text, At: w.At, Evidence: []Evidence{}}
		for _, ref := range w.Evidence {
			x.Evidence = append(x.Evidence, Evidence{Ref: ref.String(), Seq: s.seqs[ref]})
		}
		for _, b := range s.believed {
			if (g == "" || b.gtin == g) && slices.Equal(b.refs, w.Evidence) {
				x.Probability, x.RunnerUp = b.is, b.runnerUp
			}
		}
		out = append(out, x)
	}
	return out
}
