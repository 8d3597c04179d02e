package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
)

// disk is the journal's: records that are durable in groups, snapshots, and what
// a person keeps outside. It does what the real one promises and no more; that
// the real one keeps its promises is tested where it is.
type disk struct {
	recs []saved
	snap struct {
		head  int
		state []byte
	}
	// shelf is of the sales that the snapshot leaves out.
	shelf shelf
	// encoded says that records are kept as bytes and read back from them.
	encoded bool
	// checkpoint is the newest record as somebody outside knows it.
	checkpoint int
	flipped    int // the record that a bit of was flipped, plus one
	older      int // how many records a copy is short of, put in place of the journal
	full       bool
}

// saved is a record on the disk.
type saved struct {
	at    time.Time
	facts []event.Fact
	body  []byte
	sum   uint64
}

var (
	errFlipped = errors.New("a record is not what its checksum says")
	errOlder   = errors.New("the journal is shorter than its checkpoint")
)

func sumOf(at time.Time, facts []event.Fact) uint64 {
	t := fnvOffset
	t.number(uint64(at.UnixNano()))
	for _, f := range facts {
		t.text(event.FactName(f))
	}
	return uint64(t)
}

func (d *disk) append(group []draft) error {
	for _, g := range group {
		s := saved{at: g.at, facts: g.facts, sum: sumOf(g.at, g.facts)}
		if d.encoded {
			body, err := event.EncodeRecord(event.Record{At: g.at, Input: g.in, Facts: g.facts})
			if err != nil {
				return err
			}
			s.body, s.facts = body, nil
		}
		d.recs = append(d.recs, s)
	}
	return nil
}

func (s *saved) read() ([]event.Fact, error) {
	if s.body == nil {
		return s.facts, nil
	}
	r, err := event.DecodeRecord(s.body)
	return r.Facts, err
}

// rebuild folds the journal: its newest snapshot and the facts after it.
func (d *disk) rebuild(useSnapshot bool) (*core.State, time.Time, error) {
	s, from := core.New(), 0
	if useSnapshot && d.snap.state != nil && d.snap.head <= len(d.recs) {
		old, err := core.Decode(d.snap.state)
		if err != nil {
			return nil, time.Time{}, err
		}
		s, from = old, d.snap.head
	}
	recs := d.recs[:len(d.recs)-d.older]
	for i := range recs {
		r := &recs[i]
		if i < from && d.flipped != i+1 { // folded already, and nobody has touched it
			continue
		}
		facts, err := r.read()
		if err != nil {
			return nil, time.Time{}, fmt.Errorf("record %d: %w", i+1, err)
		}
		at := r.at
		if d.flipped == i+1 {
			at = at.Add(1)
		}
		if sumOf(at, facts) != r.sum {
			return nil, time.Time{}, errFlipped
		}
		if i < from {
			continue
		}
		for _, f := range facts {
			s.Apply(f)
		}
	}
	if len(recs) < d.checkpoint {
		return nil, time.Time{}, errOlder
	}
	last := time.Time{}
	if len(recs) > 0 {
		last = recs[len(recs)-1].at
	}
	return s, last, nil
}

// equalStates compares two states byte for byte.
func equalStates(a, b *core.State) (bool, error) {
	x, err := a.Encode()
	if err != nil {
		return false, err
	}
	y, err := b.Encode()
	if err != nil {
		return false, err
	}
	return bytes.Equal(x, y), nil
}
