package core

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/framework/core/attribution"
	"github.com/openaisle/aisle/framework/core/cart"
	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/framework/core/receipt"
	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// keepSeen is how long an observation is remembered so that the same one,
// reported twice under different numbers, counts once.
const keepSeen = 2 * time.Minute

// fold is how facts are folded. It is raised whenever the same facts fold to
// another state than they did before, so that nobody goes on with, or compares,
// what an older version made of them.
const fold = 22

// ErrOtherFold says that a state was folded by another version: its facts are to
// be folded again.
var ErrOtherFold = errors.New("it is of another version, which folded facts in another way")

// State is everything that the store knows. Its fields are read by the stages
// and by nobody else.
type State struct {
	// Fold is that of the version that folded it.
	Fold       int                       `json:"fold,omitempty"`
	Definition *event.Definition         `json:"definition"`
	Noted      map[string]observe.Serial `json:"noted"`
	// Lately are the observations of each device lately, by fingerprint.
	Lately map[string][]Observation `json:"lately"`
	Asks   []*event.Asked           `json:"asks"`
	// Outages are those that are not over, by device.
	Outages map[string]*Outage `json:"outages,omitempty"`

	Entry       *entry.State       `json:"entry"`
	Attribution *attribution.State `json:"attribution"`
	Cart        *cart.State        `json:"cart"`
	Settlement  *settlement.State  `json:"settlement"`
	Receipt     *receipt.State     `json:"receipt"`

	index *storedef.Index // derived from Definition
	wake  *turn.Wake      // what Wake said since the last fact; nil where it was not asked

	encoded int // bytes of it when it was last encoded: room for the next time
}

// Observation is the fingerprint of something observed, and when it settled.
type Observation struct {
	Print string    `json:"print"`
	At    time.Time `json:"at"`
}

// New returns the state of a store that knows nothing, not even itself.
func New() *State {
	return &State{
		Fold:  fold,
		Noted: map[string]observe.Serial{}, Lately: map[string][]Observation{}, Asks: []*event.Asked{}, Outages: map[string]*Outage{},
		Entry: entry.New(), Attribution: attribution.New(), Cart: cart.New(), Settlement: settlement.New(), Receipt: receipt.New(),
		index: storedef.NewIndex(storedef.Store{}),
	}
}

// Encode writes the state canonically: equal states encode equally.
func (s *State) Encode() ([]byte, error) {
	b, err := canonical.Append(make([]byte, 0, s.encoded+s.encoded/16), s)
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	s.encoded = len(b)
	return b, nil
}

// Decode reads what Encode wrote. The error is ErrOtherFold where another version
// did.
func Decode(b []byte) (*State, error) {
	s := New()
	s.Fold = 0
	if err := canonical.Decode(b, s); err != nil {
		return nil, fmt.Errorf("decode state: %w", err)
	}
	if s.Fold != fold {
		return nil, fmt.Errorf("decode state: %w", ErrOtherFold)
	}
	if s.Definition != nil {
		s.index = storedef.NewIndex(s.Definition.Store)
	}
	s.Entry.Index(s.index.Store.Entry)
	s.Attribution.Index()
	s.Cart.Index(s.index.Store.Attribution.Grace)
	s.Settlement.Index()
	s.Receipt.Index()
	return s, nil
}

// Apply folds one fact. It never decides. Recovery is Apply alone.
func (s *State) Apply(f event.Fact) {
	s.wake = nil
	if f, ok := f.(event.Adopted); ok {
		d, old := f.Definition, s.index
		s.Definition, s.index = &d, storedef.NewIndex(d.Store)
		s.Attribution.Repriced(old, s.index, f.At)
		s.move(old, s.index)
	}
	s.foldOutage(f)
	switch f := f.(type) {
	case event.Noted:
		s.applyNoted(f)
	case event.Lost:
		s.Noted[f.Device] = f.Serial
	case event.Asked:
		s.Asks = append(s.Asks, &f)
	case event.Quarantined: // what was answered is found out: nobody will say it again
		if f.Ask != "" {
			s.answered(f.Ask)
		}
	case event.Answered:
		s.answered(f.Answer.ID)
	default:
	}
	s.Entry.Apply(f)
	s.Attribution.Apply(f)
	s.Cart.Apply(f)
	s.Settlement.Apply(f)
	s.Receipt.Apply(f)
}

// answered takes an ask off the list. It is mostly one of the oldest.
func (s *State) answered(id string) {
	if i := slices.IndexFunc(s.Asks, func(a *event.Asked) bool { return a.Ask.ID == id }); i >= 0 {
		s.Asks = slices.Delete(s.Asks, i, i+1)
	}
}

func (s *State) applyNoted(f event.Noted) {
	s.Noted[f.Device] = f.Serial
	if f.Print == "" {
		return
	}
	list := slices.DeleteFunc(s.Lately[f.Device], func(o Observation) bool { return f.At.Sub(o.At) > keepSeen })
	s.Lately[f.Device] = append(list, Observation{Print: f.Print, At: f.At})
}

// Pending returns the asks without an answer, oldest first.
func (s *State) Pending() []event.Ask {
	out := make([]event.Ask, len(s.Asks))
	for i := range s.Asks {
		out[i] = s.Asks[i].Ask
	}
	return out
}

// Wake returns when time alone would next matter.
func (s *State) Wake() (time.Time, bool) {
	if s.wake != nil {
		return s.wake.At, s.wake.OK
	}
	t := turn.Turn{Store: s.index}
	w := s.Entry.Wake(&t)
	for _, next := range []turn.Wake{
		s.wakeOutages(),
		s.Attribution.Wake(&t), s.Settlement.Wake(&t, s.Entry), s.Receipt.Wake(),
	} {
		w.At, w.OK = turn.Earliest(w.At, w.OK, next.At, next.OK)
	}
	w = s.Cart.Wake(s.Entry, s.Attribution, w) // last, for it looks no further than the others
	s.wake = &w
	return w.At, w.OK
}

// Waiting reports whether money is under way that waits for its processor, which
// may be a refund of a session that is closed. While the processor is down Wake
// does not tell of it.
func (s *State) Waiting() bool { return s.Settlement.Waiting() }

// Open returns how many sessions are not closed.
func (s *State) Open() int { return len(s.Entry.Live) }
