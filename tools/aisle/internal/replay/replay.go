// Package replay asks today's code what it would have charged: it steps the
// inputs of a journal again and compares each visit with what the journal says.
//
// Answers are those that were recorded, matched by the ask that they answer. An
// ask that today's code words differently is taken as done as asked, and one
// that was never asked as done at once; the visit is then reported from its
// first difference on. Nothing is sent, nothing is written.
//
// The command replay is its only caller.
package replay

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/tools/aisle/internal/show"
)

// Result is what a replay found.
type Result struct {
	// Records is how many were stepped; Drifted of them gave other facts.
	Records, Drifted uint64
	// Sessions is how many visits the journal knows.
	Sessions int
	// Panics are inputs that today's code can't bear.
	Panics []Panic
	// Differences are the visits that would be charged differently.
	Differences []Difference
}

// Difference is a visit that today's code would charge differently.
type Difference struct {
	Session string `json:"session"`
	// Seq is the record at which the facts about it first differ, and Was and
	// Now the names of those facts.
	Seq uint64   `json:"seq"`
	Was []string `json:"was"`
	Now []string `json:"now"`
	// Charged is what the journal says, Would what today's code says.
	Charged Charge `json:"charged"`
	Would   Charge `json:"would"`
}

// Panic is an input at which today's code panicked.
type Panic struct {
	Seq  uint64 `json:"seq"`
	Text string `json:"text"`
}

// Source hands out the records of a journal from its start, with the bodies
// they were decoded from.
type Source = func(yield func(r event.Record, body []byte) error) error

// maxTail bounds how many times a replay lets time pass after the last record.
const maxTail = 10_000

// checkpoint is how many records lie between two copies of the state.
const checkpoint = 2000

// Run replays a journal. It reads the source twice.
func Run(source Source) (Result, error) {
	return run(source, core.Step)
}

// stepper is core.Step, or what a test puts in its place.
type stepper func(s *core.State, at time.Time, in event.Input) []event.Fact

func run(source Source, step stepper) (Result, error) {
	p := player{
		stepper: step, state: core.New(), was: newCharges(), now: newCharges(), asked: map[string]bool{},
		early: map[string]event.Answer{}, answered: map[string]bool{}, first: map[string]Difference{},
	}
	err := source(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			if a, ok := f.(event.Asked); ok {
				p.asked[a.Ask.ID] = true
			}
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	if err := p.keep(); err != nil {
		return Result{}, err
	}
	if err := source(p.record); err != nil {
		return Result{}, err
	}
	p.tail()
	return p.finish(), nil
}

// player is a replay under way.
type player struct {
	stepper  stepper
	state    *core.State
	result   Result
	was, now *charges
	last     event.Record

	// asked are the asks of the journal; early are answers to asks that today's
	// code has not asked yet, answered those that it has had.
	asked    map[string]bool
	early    map[string]event.Answer
	answered map[string]bool
	first    map[string]Difference

	// kept is a copy of the state and since the facts after it, to go back to
	// when today's code panics.
	kept  []byte
	since []event.Fact
}

func (p *player) record(r event.Record, body []byte) error {
	for _, f := range r.Facts {
		p.was.apply(f)
	}
	facts, err := p.step(r.Seq, r.At, p.meant(r.Input))
	if err != nil {
		return err
	}
	more, err := p.unheard(r.Seq, r.At, facts)
	if err != nil {
		return err
	}
	facts = append(facts, more...)
	again, err := event.EncodeRecord(event.Record{Input: r.Input, Facts: facts})
	if err != nil {
		return fmt.Errorf("record %d: %w", r.Seq, err)
	}
	if !bytes.Equal(again, body) {
		p.result.Drifted++
		p.compare(r, facts)
	}
	p.result.Records++
	p.last = event.Record{Seq: r.Seq, At: r.At}
	if p.result.Records%checkpoint == 0 {
		return p.keep()
	}
	return nil
}

// meant gives the input that today's code shall see: an answer to an ask that
// it worded differently is taken as done as asked.
func (p *player) meant(in event.Input) event.Input {
	a, ok := in.(event.Answer)
	if !ok {
		return in
	}
	ask, ok := p.pending(a.ID)
	if !ok {
		if !p.answered[a.ID] {
			p.early[a.ID] = a
		}
		return in
	}
	p.answered[a.ID] = true
	return asAsked(a, ask)
}

func (p *player) pending(id string) (event.Ask, bool) {
	for _, a := range p.state.Pending() {
		if a.ID == id {
			return a, true
		}
	}
	return event.Ask{}, false
}

// asAsked gives an answer the amount that was asked for, where it says that the
// movement was made in another: the recorded ask was for that other one.
func asAsked(a event.Answer, ask event.Ask) event.Answer {
	made := a.Outcome == event.OutcomeDone && (ask.Operation != event.OpLookup || a.Found == event.FoundDone)
	if made && a.Amount != nil && ask.Amount != nil && *a.Amount != *ask.Amount {
		amount := *ask.Amount
		a.Amount = &amount
	}
	return a
}

// unheard answers asks that nobody will answer any more: those whose answer
// came before today's code asked, and those that were never asked.
func (p *player) unheard(seq uint64, at time.Time, facts []event.Fact) ([]event.Fact, error) {
	var all []event.Fact
	for len(facts) > 0 {
		var next []event.Fact
		for _, f := range facts {
			asked, ok := f.(event.Asked)
			if !ok {
				continue
			}
			a, known := p.early[asked.Ask.ID]
			if !known && p.asked[asked.Ask.ID] {
				continue
			}
			if !known {
				a = done(asked.Ask)
			}
			p.answered[asked.Ask.ID] = true
			more, err := p.step(seq, at, asAsked(a, asked.Ask))
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
		}
		all = append(all, next...)
		facts = next
	}
	return all, nil
}

// done answers an ask as done as asked.
func done(ask event.Ask) event.Answer {
	a := event.Answer{ID: ask.ID, Outcome: event.OutcomeDone, Reference: ask.Reference, Amount: ask.Amount}
	if ask.Operation == event.OpLookup {
		a.Found = event.FoundDone
	}
	if a.Reference == "" && ask.Operation != event.OpAdmit {
		a.Reference = "replay/" + ask.ID
	}
	return a
}

// step steps one input and goes back where that panics.
func (p *player) step(seq uint64, at time.Time, in event.Input) (facts []event.Fact, err error) {
	func() {
		defer func() {
			if r := recover(); r != nil {
				p.result.Panics = append(p.result.Panics, Panic{Seq: seq, Text: fmt.Sprint(r)})
				facts, err = nil, p.back()
			}
		}()
		facts = p.stepper(p.state, at, in)
	}()
	for _, f := range facts {
		p.now.apply(f)
	}
	p.since = append(p.since, facts...)
	return facts, err
}

// keep takes a copy of the state to go back to.
func (p *player) keep() (err error) {
	p.kept, err = p.state.Encode()
	p.since = nil
	return err
}

func (p *player) back() error {
	s, err := core.Decode(p.kept)
	if err != nil {
		return err
	}
	for _, f := range p.since {
		s.Apply(f)
	}
	p.state = s
	return nil
}

// compare notes for each visit the first record whose facts about it differ.
func (p *player) compare(r event.Record, facts []event.Fact) {
	was, now := bySession(r.Facts), bySession(facts)
	for _, session := range slices.Concat(was.order, now.order) {
		if _, known := p.first[session]; known || bytes.Equal(was.text[session], now.text[session]) {
			continue
		}
		p.first[session] = Difference{Session: session, Seq: r.Seq, Was: was.names[session], Now: now.names[session]}
	}
}

// told is what facts say of each visit.
type told struct {
	order []string
	names map[string][]string
	text  map[string][]byte
}

func bySession(facts []event.Fact) told {
	t := told{names: map[string][]string{}, text: map[string][]byte{}}
	for _, f := range facts {
		for _, session := range show.About(f) {
			if t.names[session] == nil {
				t.order = append(t.order, session)
			}
			t.names[session] = append(t.names[session], event.FactName(f))
			body, err := event.EncodeRecord(event.Record{Input: event.Time{}, Facts: []event.Fact{f}})
			if err != nil {
				body = []byte(err.Error())
			}
			t.text[session] = append(t.text[session], body...)
		}
	}
	return t
}

// tail lets time pass after the last record, for visits that the journal closed
// and today's code would close later.
func (p *player) tail() {
	at := p.last.At
	for range maxTail {
		if !slices.ContainsFunc(p.order(), func(s string) bool { return p.was.closed[s] && !p.now.closed[s] && p.now.of[s] != nil }) {
			return
		}
		wake, ok := p.state.Wake()
		if !ok {
			return
		}
		if wake.After(at) {
			at = wake
		}
		facts, err := p.step(p.last.Seq, at, event.Time{})
		if err != nil {
			return
		}
		if _, err := p.unheard(p.last.Seq, at, facts); err != nil {
			return
		}
	}
}

// order returns all sessions of either side, sorted.
func (p *player) order() []string {
	var all []string
	for s := range p.was.of {
		all = append(all, s)
	}
	for s := range p.now.of {
		if p.was.of[s] == nil {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return all
}

func (p *player) finish() Result {
	p.result.Sessions = len(p.was.of)
	for _, s := range p.order() {
		was, now := p.was.get(s), p.now.get(s)
		if was.equal(now) {
			continue
		}
		d, ok := p.first[s]
		if !ok {
			d = Difference{Session: s, Seq: p.last.Seq}
		}
		d.Charged, d.Would = was, now
		p.result.Differences = append(p.result.Differences, d)
	}
	slices.SortStableFunc(p.result.Differences, func(a, b Difference) int { return int(a.Seq) - int(b.Seq) })
	return p.result
}
