package trace

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// The limits of what is kept of visits that are not closed.
const (
	maxVisits = 10_000
	maxSpans  = 1_000 // of one visit
)

// span is one span of a visit.
type span struct {
	name       string
	start, end time.Time
	attributes []attr
	// wrong says why it did not go well; empty where it did.
	wrong string
}

// attr is a name and a string, an int64, a bool or a list of strings.
type attr struct {
	name  string
	value any
}

// visit is a session while its spans are gathered.
type visit struct {
	id       string
	root     span
	children []*span
	dropped  int

	asks      map[string]*span
	admission map[string]*span
	frozen    time.Time
}

// gatherer gathers visits from records.
type gatherer struct {
	store  string
	visits map[string]*visit
	order  []string // oldest first
}

func newGatherer() *gatherer { return &gatherer{visits: map[string]*visit{}} }

// record takes a record up and gives the visits that it closed.
func (g *gatherer) record(r event.Record) []*visit {
	var closed []*visit
	for _, f := range r.Facts {
		if v := g.fact(r, f); v != nil {
			closed = append(closed, v)
		}
	}
	return closed
}

// fact takes a fact up and gives the visit that it closed, if any.
func (g *gatherer) fact(r event.Record, f event.Fact) *visit {
	switch f := f.(type) {
	case event.Adopted:
		g.store = f.Definition.Store.Name
	case event.SessionOpened:
		g.open(r, f)
	case event.AdmissionGiven, event.AdmissionClosed, event.BodyEntered:
		g.admit(r, f)
	case event.Taken, event.Returned, event.Doubted, event.Restocked:
		g.decide(r, f)
	case event.Asked:
		if v := g.visits[f.Ask.Session]; v != nil {
			v.asks[f.Ask.ID] = v.child("ask "+string(f.Ask.Operation), f.At, f.At,
				attr{"aisle.device", f.Ask.Device}, attr{"aisle.ask", f.Ask.ID})
		}
	case event.Answered:
		g.answer(f)
	case event.CartFrozen:
		if v := g.visits[f.Session]; v != nil {
			v.frozen = f.At
		}
	case event.ReceiptIssued:
		g.receipt(r, f.Receipt)
	case event.SessionEnded:
		if v := g.visits[f.Session]; v != nil {
			v.root.add(attr{"aisle.ending", string(f.Ending)})
		}
	case event.SessionClosed:
		return g.close(r, f)
	default: // facts that no span tells of
	}
	return nil
}

func (g *gatherer) open(r event.Record, f event.SessionOpened) {
	if g.visits[f.Session] != nil {
		return
	}
	if len(g.order) == maxVisits { // a store never has so many
		delete(g.visits, g.order[0])
		g.order = g.order[1:]
	}
	start := f.At
	if e, ok := r.Input.(event.Evidence); ok && e.Observed != nil {
		start = e.Span().Onset
	}
	g.visits[f.Session] = &visit{
		id: f.Session, asks: map[string]*span{}, admission: map[string]*span{},
		root: span{name: "visit", start: start, end: r.At, attributes: []attr{
			{"aisle.session", f.Session}, {"aisle.store", g.store}, {"aisle.method", f.Method.String()}, {"aisle.reader", f.Reader},
			{"aisle.gate", f.Gate}, {"aisle.staff", f.Staff}, {"aisle.evidence", refs(f.By)},
		}},
	}
	g.order = append(g.order, f.Session)
}

// child adds a span to a visit. Of a visit with too many the others are counted.
func (v *visit) child(name string, start, end time.Time, attributes ...attr) *span {
	s := &span{name: name, start: start, end: end, attributes: attributes}
	if len(v.children) == maxSpans {
		v.dropped++
		return s
	}
	v.children = append(v.children, s)
	return s
}

func (s *span) add(a ...attr) { s.attributes = append(s.attributes, a...) }

// admit follows an admission: from being given until somebody came.
func (g *gatherer) admit(r event.Record, f event.Fact) {
	switch f := f.(type) {
	case event.AdmissionGiven:
		if v := g.visits[f.Session]; v != nil {
			v.admission[f.Admission] = v.child("admission", r.At, r.At,
				attr{"aisle.gate", f.Gate}, attr{"aisle.bodies", int64(f.Bodies)}, attr{"aisle.record", int64(r.Seq)}) //nolint:gosec // a journal's
		}
	case event.BodyEntered:
		if v := g.visits[f.Session]; v != nil && v.admission[f.Admission] != nil {
			v.admission[f.Admission].end = r.At
			v.admission[f.Admission].add(attr{"aisle.evidence", refs(f.By)})
		}
	case event.AdmissionClosed:
		if v := g.visits[f.Session]; v != nil && v.admission[f.Admission] != nil {
			v.admission[f.Admission].end = r.At
			v.admission[f.Admission].add(attr{"aisle.reason", f.Reason})
			delete(v.admission, f.Admission)
		}
	default:
	}
}

// decide adds a decision: from the onset at the device to the record.
func (g *gatherer) decide(r event.Record, f event.Fact) {
	record := attr{"aisle.record", int64(r.Seq)} //nolint:gosec // a journal's
	move := func(name string, m event.Move) {
		if v := g.visits[m.Session]; v != nil {
			v.child(name, m.Span.Onset, r.At, attr{"aisle.gtin", string(m.GTIN)}, attr{"aisle.quantity", int64(m.Quantity)},
				attr{"aisle.bay", m.Bay}, attr{"aisle.probability_ppm", int64(m.Probability)}, attr{"aisle.evidence", refs(m.Evidence...)}, record)
		}
	}
	switch f := f.(type) {
	case event.Taken:
		move("taken", f.Move)
	case event.Returned:
		move("returned", f.Move)
	case event.Restocked:
		if v := g.visits[f.Session]; v != nil {
			v.child("restocked", r.At, r.At, attr{"aisle.gtin", string(f.GTIN)}, attr{"aisle.quantity", int64(f.Quantity)},
				attr{"aisle.bay", f.Bay}, attr{"aisle.evidence", refs(f.Evidence...)}, record)
		}
	case event.Doubted:
		for _, id := range f.Sessions {
			if v := g.visits[id]; v != nil {
				v.child("doubted", f.Span.Onset, r.At, attr{"aisle.bay", f.Bay}, attr{"aisle.reason", f.Reason},
					attr{"aisle.sessions", int64(len(f.Sessions))}, attr{"aisle.evidence", refs(f.Evidence...)}, record)
			}
		}
	default:
	}
}

// answer ends the span of an ask.
func (g *gatherer) answer(f event.Answered) {
	for _, id := range g.order {
		s := g.visits[id].asks[f.Answer.ID]
		if s == nil {
			continue
		}
		s.end = f.At
		s.add(attr{"aisle.outcome", string(f.Answer.Outcome)})
		if f.Answer.Outcome != event.OutcomeDone {
			s.wrong = string(f.Answer.Outcome) + ": " + f.Answer.Code.String()
		}
		delete(g.visits[id].asks, f.Answer.ID)
		return
	}
}

// receipt adds a version of the receipt: from the closed cart to the record.
func (g *gatherer) receipt(r event.Record, t event.Receipt) {
	v := g.visits[t.Session]
	if v == nil {
		return
	}
	start := v.frozen
	if start.IsZero() {
		start = r.At
	}
	v.child("receipt", start, r.At, attr{"aisle.version", int64(t.Version)}, attr{"aisle.lines", int64(len(t.Lines))},
		attr{"aisle.pending", int64(len(t.Pending))}, attr{"aisle.payment", string(t.Payment)}, attr{"aisle.record", int64(r.Seq)}) //nolint:gosec // a journal's
}

// close ends a visit.
func (g *gatherer) close(r event.Record, f event.SessionClosed) *visit {
	v := g.visits[f.Session]
	if v == nil {
		return nil
	}
	delete(g.visits, f.Session)
	g.order = slices.DeleteFunc(g.order, func(id string) bool { return id == f.Session })
	v.root.end = r.At
	for _, s := range v.asks {
		s.end, s.wrong = r.At, "no answer"
	}
	if v.dropped > 0 {
		v.root.add(attr{"aisle.spans_dropped", int64(v.dropped)})
	}
	return v
}

// refs names evidence.
func refs(list ...event.Ref) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.String()
	}
	return out
}
