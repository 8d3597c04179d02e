package view

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/price"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// line is what is known of one product in an open cart.
type line struct {
	gtin            gs1.GTIN
	taken, returned int
	// mass is that of weighed goods, and picked the prices they were taken at.
	mass    measure.Mass
	picked  []price.Pick
	tags    []string
	changed uint64
}

// quantity follows the cart's rule: shelves and tags tell of the same goods, so
// it is the greater count and never the sum.
func (l *line) quantity() int { return max(0, l.taken-l.returned, len(l.tags)) }

type doubt struct {
	line PendingLine
	id   string
}

// foldCart folds the facts about what a session carries.
func (m *Model) foldCart(f event.Fact) {
	switch f := f.(type) {
	case event.Taken:
		if v := m.session(f.Session); v != nil && !v.frozen {
			l := m.line(v, f.GTIN)
			l.taken, l.mass = l.taken+f.Quantity, l.mass+f.Mass
			l.pick(event.Pick{Quantity: f.Quantity, Mass: f.Mass, Unit: money.Amount(f.Unit), Rate: f.Rate, At: f.Span.Settled})
		}
	case event.Returned:
		if v := m.session(f.Session); v != nil && !v.frozen {
			m.putBack(v, f)
		}
	case event.Doubted:
		m.doubt(f)
	case event.TagLeft:
		m.tag(f)
	case event.CartFrozen:
		if v := m.session(f.Session); v != nil {
			m.freeze(v, f)
		}
	default: // facts of the other parts
	}
}

func (m *Model) line(v *session, g gs1.GTIN) *line {
	for _, l := range v.lines {
		if l.gtin == g {
			l.changed = m.seq
			return l
		}
	}
	l := &line{gtin: g, changed: m.seq}
	v.lines = append(v.lines, l)
	return l
}

// putBack takes units off the cart: those that are sure first, then those in
// doubt of having been taken.
func (m *Model) putBack(v *session, f event.Returned) {
	l := m.line(v, f.GTIN)
	n := min(f.Quantity, max(0, l.taken-l.returned))
	l.returned, l.mass = l.returned+n, max(0, l.mass-f.Mass)
	for i := len(v.doubts) - 1; i >= 0 && n < f.Quantity; i-- {
		d := &v.doubts[i].line
		if d.Put || d.GTIN != f.GTIN {
			continue
		}
		k := min(d.Quantity, f.Quantity-n)
		d.Quantity, n = d.Quantity-k, n+k
	}
}

func (m *Model) doubt(f event.Doubted) {
	p := PendingLine{Quantity: 1, Put: f.Put, Reason: f.Reason}
	if len(f.Candidates) > 0 {
		p.GTIN, p.Quantity = f.Candidates[0].GTIN, f.Candidates[0].Quantity
		p.Title = m.title(p.GTIN)
	}
	for _, id := range f.Sessions {
		if v := m.session(id); v != nil && !v.frozen {
			v.doubts = append(v.doubts, doubt{line: p, id: f.ID})
		}
	}
}

// tag counts a tag that left with one session. One that left with one of
// several is told when the cart is closed.
func (m *Model) tag(f event.TagLeft) {
	if len(f.Sessions) != 1 {
		return
	}
	v := m.session(f.Sessions[0])
	if v == nil || v.frozen {
		return
	}
	if l := m.line(v, f.GTIN); !slices.Contains(l.tags, f.EPC) {
		l.tags = append(l.tags, f.EPC)
	}
}

// freeze replaces what was folded by what the cart decided.
func (m *Model) freeze(v *session, f event.CartFrozen) {
	v.frozen, v.doubts = true, nil
	v.lines = make([]*line, len(f.Lines))
	for i, l := range f.Lines {
		v.lines[i] = &line{gtin: l.GTIN, taken: l.Quantity, mass: l.Mass, changed: m.seq}
		for _, k := range l.Picked {
			v.lines[i].pick(k)
		}
	}
	v.pending = m.pendingLines(f.Pending)
}

func (m *Model) pendingLines(list []event.PendingLine) []PendingLine {
	out := make([]PendingLine, len(list))
	for i, p := range list {
		out[i] = PendingLine{GTIN: p.GTIN, Quantity: p.Quantity, Reason: p.Reason}
		if p.GTIN != "" {
			out[i].Title = m.title(p.GTIN)
		}
	}
	return out
}

func (l *line) pick(k event.Pick) {
	if k.Unit.Currency != "" {
		l.picked = append(l.picked, price.Pick{Quantity: k.Quantity, Mass: k.Mass, Unit: k.Unit, Rate: k.Rate, At: k.At})
	}
}

// priceCart says what the lines would cost if the shopper left now. Lines that
// have the same product are one there. What can't be reckoned costs nothing: the
// settlement would refuse it too.
func (m *Model) priceCart(v *session, r price.Request) {
	priced, err := price.Basket(m.store, r)
	if err != nil {
		return
	}
	v.out.Total = priced.Total
	for i := range v.out.Lines {
		c := &v.out.Lines[i]
		for j := range priced.Lines {
			s := &priced.Lines[j]
			if s.GTIN != c.GTIN {
				continue
			}
			c.Unit, c.Per = s.Unit, s.Per
			if amount, err := c.Amount.Add(s.Amount); err == nil {
				c.Amount = amount
			}
			if !s.Discount.IsZero() {
				off := s.Discount
				if c.Discount != nil {
					if sum, err := off.Add(*c.Discount); err == nil {
						off = sum
					}
				}
				c.Discount = &off
			}
		}
	}
}

// buildCart makes the lines that a snapshot shows.
func (m *Model) buildCart(v *session) {
	cur := m.store.Store.Currency
	v.out.Lines, v.out.Units, v.out.Total = []CartLine{}, 0, money.Zero(cur)
	r := price.Request{Attributes: v.attributes, At: m.at}
	for _, l := range v.lines {
		n := l.quantity()
		if n == 0 {
			continue
		}
		c := CartLine{GTIN: l.gtin, Title: m.title(l.gtin), Quantity: n, Mass: l.mass, Unit: money.Zero(cur), Amount: money.Zero(cur), Changed: l.changed}
		v.out.Lines = append(v.out.Lines, c)
		v.out.Units += n
		r.Lines = append(r.Lines, price.Line{ID: string(l.gtin), GTIN: l.gtin, Quantity: n, Mass: l.mass, Picked: l.picked})
	}
	m.priceCart(v, r)
	v.out.Pending = slices.Clone(v.pending)
	for _, d := range v.doubts {
		if d.line.Quantity > 0 {
			v.out.Pending = append(v.out.Pending, d.line)
		}
	}
	if v.out.Pending == nil {
		v.out.Pending = []PendingLine{}
	}
}
