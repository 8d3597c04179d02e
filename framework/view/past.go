package view

import (
	"encoding/json"
	"fmt"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/sdk/money"
)

// past is what is known of every visit and every receipt that there ever was. It
// grows with the journal, so that what a checkpoint has is looked up there, one
// at a time, and only what is newer is in memory.
type past struct {
	look   func(key string) ([]byte, error) // nil: there is no checkpoint
	visits map[string]*visit                // by session
	places map[string]*place                // by receipt
	err    error                            // of what could not be looked up: nothing here is of use then
}

// visit is what is known of one for good.
type visit struct {
	Number  int    `json:"number"`
	Receipt string `json:"receipt,omitempty"`
}

// place is where a receipt is in the journal.
type place struct {
	Session string `json:"session"`
	// Number is the visit's while it was open at the first version.
	Number int      `json:"number,omitempty"`
	Seqs   []uint64 `json:"seqs"`
	// Opened is the record that opened the visit; zero for one that is not known.
	Opened uint64 `json:"opened,omitempty"`
	// Last is the newest version in outline.
	Last outlined `json:"last"`
}

// outlined is a version of a receipt in outline: by it the next one is told in
// words.
type outlined struct {
	Total   money.Amount `json:"total"`
	Lines   int          `json:"lines,omitempty"`
	Pending int          `json:"pending,omitempty"`
	Dropped int          `json:"dropped,omitempty"`
}

func outline(r *event.Receipt) outlined {
	return outlined{Total: r.Total, Lines: len(r.Lines), Pending: len(r.Pending), Dropped: len(r.Dropped)}
}

func newPast() past { return past{visits: map[string]*visit{}, places: map[string]*place{}} }

const (
	visitKey = "session "
	placeKey = "receipt "
)

// found looks in the checkpoint.
func found[T any](p *past, key string) *T {
	if p.look == nil || p.err != nil {
		return nil
	}
	b, err := p.look(key)
	if err != nil {
		p.err = err
	}
	if b == nil || err != nil {
		return nil
	}
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		p.err = fmt.Errorf("look up %s: %w", key, err)
		return nil
	}
	return v
}

// visit is what is known of one, nil for nothing. It is only read.
func (p *past) visit(session string) *visit {
	if v := p.visits[session]; v != nil {
		return v
	}
	return found[visit](p, visitKey+session)
}

// place is that of a receipt, nil for none. It is only read.
func (p *past) place(receipt string) *place {
	if v := p.places[receipt]; v != nil {
		return v
	}
	return found[place](p, placeKey+receipt)
}

// opened is what is known of a visit that begins: nothing yet, so that no look-up
// has to tell.
func (p *past) opened(session string) *visit {
	v := p.visits[session]
	if v == nil {
		v = &visit{}
		p.visits[session] = v
	}
	return v
}

// changed is what is known of a visit, to be changed.
func (p *past) changed(session string) *visit {
	v := p.visits[session]
	if v == nil {
		if v = found[visit](p, visitKey+session); v == nil {
			v = &visit{}
		}
		p.visits[session] = v
	}
	return v
}

// moved is the place of a receipt, to be changed; nil for none. A first version
// has none: no look-up has to tell.
func (p *past) moved(receipt string, version int) *place {
	v := p.places[receipt]
	if v == nil && version > 1 {
		if v = found[place](p, placeKey+receipt); v != nil {
			p.places[receipt] = v
		}
	}
	return v
}

func (p *past) number(session string) int {
	if v := p.visit(session); v != nil {
		return v.Number
	}
	return 0
}

func (p *past) receipt(session string) string {
	if v := p.visit(session); v != nil {
		return v.Receipt
	}
	return ""
}

// values are those that the checkpoint does not have yet, in no order.
func (p *past) values() ([]checkpoint.Value, error) {
	out := make([]checkpoint.Value, 0, len(p.visits)+len(p.places))
	for session, v := range p.visits {
		b, err := canonical.Append(nil, v)
		if err != nil {
			return nil, err
		}
		out = append(out, checkpoint.Value{Keys: []string{visitKey + session}, Body: b})
	}
	for receipt, v := range p.places {
		b, err := canonical.Append(nil, v)
		if err != nil {
			return nil, err
		}
		out = append(out, checkpoint.Value{Keys: []string{placeKey + receipt}, Body: b})
	}
	return out, nil
}

// let goes what the checkpoint has now.
func (p *past) let() {
	clear(p.visits)
	clear(p.places)
}
