package settlement

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
)

// What a sale that is over leaves behind is kept out of the state, or a state
// would grow with all that a store ever sold, and so would its snapshots and the
// time that a host needs to go on. It is set aside by the fold and comes back
// with the input that is about it (event.Sale): whoever runs the core keeps what
// Shelved gives, and looks there before it steps an order or a notice.
const (
	// HeldSales is how many closed sales at rest the state holds at most.
	HeldSales = 256
	// shelvedAtOnce is how many of the oldest are looked at when one is added.
	shelvedAtOnce = 4
)

// Shelved is a sale that was set aside, and the names by which a processor may
// speak of it.
type Shelved struct {
	Sale  event.Sale
	Names []string
}

// Move is another address of a processor.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// shelve sets the oldest closed sales aside that nothing is to become of.
func (s *State) shelve(now time.Time) {
	for range shelvedAtOnce {
		if len(s.Closed) == 0 || len(s.Closed) <= HeldSales && now.Sub(s.Closed[0].At) <= s.KeepSales {
			return
		}
		c := s.Closed[0]
		s.Closed = s.Closed[1:]
		p := s.Sales[c.Session]
		switch {
		case p == nil:
		case p.underWay() || (p.Indebted || len(p.Pays) > 0) && now.Sub(c.At) <= s.KeepSales: // whatever the clock says; or another visit's refund may be of it
			s.Closed = append(s.Closed, c)
		default:
			s.setAside(c.Session, p)
		}
	}
}

func (s *State) setAside(id string, p *Payment) {
	if !p.booking() { // it was kept for what another host might take, and that is long over
		s.forget(id, p)
		delete(s.Sales, id)
		return
	}
	var err error
	s.scratch, err = canonical.Append(s.scratch[:0], p)
	must(err)
	x := Shelved{Sale: event.Sale{Session: id, Moves: len(s.Moves), Payment: slices.Clone(s.scratch)}}
	x.Names = append(x.Names, p.names()...)
	s.forget(id, p)
	delete(s.Sales, id)
	s.Shelved++
	s.shelving = append(s.shelving, x)
}

// Take hands over the sales that were set aside since the last call, in order. A
// later one of a session takes the place of an earlier one.
func (s *State) Take() []Shelved {
	out := s.shelving
	s.shelving = nil
	return out
}

// Untaken finds a sale among those that were not handed over yet; nil for none.
func (s *State) Untaken(session string) *event.Sale {
	for i := len(s.shelving) - 1; i >= 0; i-- {
		if x := &s.shelving[i]; x.Sale.Session == session {
			return &x.Sale
		}
	}
	return nil
}

// Owner is the session whose money goes by a name, as far as the state holds it
// or has not handed it over; "" for none.
func (s *State) Owner(name string) string {
	if id := s.owners[name]; id != "" || name == "" {
		return id
	}
	for i := len(s.shelving) - 1; i >= 0; i-- {
		for _, n := range s.shelving[i].Names {
			if n == name {
				return s.shelving[i].Sale.Session
			}
		}
	}
	return ""
}

// recall takes a sale up again that came with an input, unless it is held.
func (s *State) recall(t *turn.Turn, sale *event.Sale) {
	if sale == nil || sale.Session == "" || s.payment(sale.Session) != nil {
		return
	}
	if json.Unmarshal(sale.Payment, &Payment{}) != nil {
		t.Emit(event.Ignored{What: sale.Session, Reason: "what is kept of the sale can't be read"})
		return
	}
	t.Emit(event.SaleRecalled{Sale: *sale, At: t.At})
}

func (s *State) applyRecalled(f event.SaleRecalled) {
	p := &Payment{}
	must(json.Unmarshal(f.Sale.Payment, p))
	for _, m := range s.Moves[min(f.Sale.Moves, len(s.Moves)):] {
		if p.Device == m.From {
			p.Device = m.To
		}
	}
	id := f.Sale.Session
	if s.Sales == nil {
		s.Sales = map[string]*Payment{}
	}
	s.Sales[id] = p
	s.Closed = append(s.Closed, ClosedSale{Session: id, At: f.At})
	s.own(id, p)
	s.wait(id, p)
}
