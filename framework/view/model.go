package view

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
)

// Model folds records into what people see. It is not for concurrent use. The
// zero value is not ready; see NewModel.
type Model struct {
	seq   uint64
	at    time.Time
	store *storedef.Index

	sessions map[string]*session
	asks     map[string]event.Ask // without an answer, by id
	open     []string             // oldest first
	numbers  int

	devices  []Device
	closed   []event.Closure
	told     []event.Closure // those that the log has told of
	refusals []Refusal       // the newest, oldest first
	totals   Totals
	log      []Line
	lines    uint64
	recent   []Brief
	receipts history
	after    after
	past     past
	adopted  uint64 // the record that has the definition in force
	changed  Changed
}

// NewModel returns the model of an empty journal.
func NewModel() *Model {
	return &Model{
		store:    storedef.NewIndex(storedef.Store{}),
		sessions: map[string]*session{},
		asks:     map[string]event.Ask{},
		receipts: newHistory(),
		after:    newAfter(),
		past:     newPast(),
	}
}

// Apply folds a record. Records come in the order of the journal; one whose
// number is not greater than the last one's is a repeat and changes nothing.
// Facts about a session that is closed or was never opened are passed over.
func (m *Model) Apply(r event.Record) {
	if r.Seq <= m.seq {
		return
	}
	m.seq, m.at = r.Seq, r.At
	before := m.closed
	for _, f := range r.Facts {
		line, ok := m.describe(f) // a session that this fact closes still has its number
		m.fold(f)
		if ok {
			m.write(line)
		}
	}
	m.tellEntry(before)
	m.foldAfter(r)
}

func (m *Model) fold(f event.Fact) {
	m.foldAsk(f)
	m.foldEntry(f)
	m.foldCart(f)
	m.foldMoney(f)
	m.foldDevice(f)
}

// Snapshot returns the store as of the last record. It shares nothing that
// later records change.
func (m *Model) Snapshot() *Snapshot {
	s := &Snapshot{
		Seq: m.seq, At: m.at,
		Store:    Store{Name: m.store.Store.Name, Currency: m.store.Store.Currency, Timezone: m.store.Store.Timezone, DisputeWithin: m.store.Store.Receipt.DisputableFor()},
		Sessions: make([]Session, len(m.open)),
		Devices:  slices.Clone(m.devices),
		Closed:   slices.Clone(m.closed),
		Totals:   m.totals,
		Log:      m.newestLines(),
		Lines:    m.lines,
		Receipts: slices.Clone(m.recent),
		Changed:  m.changed,
	}
	for i, id := range m.open {
		v := m.sessions[id]
		s.Sessions[i] = m.built(v)
		s.Totals.People += s.Sessions[i].peopleInside()
	}
	s.Totals.Open = len(m.open)
	s.Totals.Captured = slices.Clone(m.totals.Captured)
	return s
}

// peopleInside counts the bodies that are in the store, as far as is known.
func (s *Session) peopleInside() int {
	if s.Ended != nil {
		return 0
	}
	return s.Party.Inside()
}

// title is what a product is called in the definition in force.
func (m *Model) title(g gs1.GTIN) string {
	if p := m.store.Product(g); p != nil {
		return cmp.Or(p.Title, p.Name)
	}
	return g.Short()
}
