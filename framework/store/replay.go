package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// maxTicks bounds how often in a row time alone may matter in a replay.
const maxTicks = 4096

// ReplayReport says what today's code would have decided differently.
type ReplayReport struct {
	Records  uint64 `json:"records"`
	Sessions int    `json:"sessions"`
	Receipts int    `json:"receipts"`
	// Asks counts what today's code asks, New those of them that the journal
	// does not have: they were taken as done as asked. Skipped counts answers
	// to what is not asked any more.
	Asks    int `json:"asks"`
	New     int `json:"new"`
	Skipped int `json:"skipped"`
	// Differences are the sessions whose receipts differ, each at its first.
	Differences []Difference `json:"differences"`
}

// Difference is a session that would be charged differently.
type Difference struct {
	Session string `json:"session"`
	// Seq and At are the record's that issued the receipt; of today's where
	// the journal has none.
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Version int       `json:"version"`
	// What is "lines", "total", "payment", "missing" or "new".
	What     string `json:"what"`
	Recorded string `json:"recorded"`
	Today    string `json:"today"`
}

// Replay steps every input of a journal with today's code and reports each
// session whose receipt (its lines, its total or its payment) differs. Recorded
// answers match by the ask's ID; what today's code asks anew, or otherwise, is
// taken as done as asked; answers to what it asks no more are passed over. Path
// is the journal's or its data folder's; nothing is written.
func Replay(ctx context.Context, path string) (rep ReplayReport, err error) {
	j, err := openJournal(path)
	if err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	r, err := replayed(ctx, j)
	if err != nil {
		return rep, err
	}
	r.rep.Sessions = len(r.sessions)
	r.compare()
	return r.rep, nil
}

// replayed steps every input of a journal again.
func replayed(ctx context.Context, j journal.Reader) (*replay, error) {
	r := &replay{state: core.New(), asked: map[string]event.Ask{}, answered: map[string]event.Answer{}, past: map[string]bool{}, sessions: map[string]bool{},
		numbers: map[string]int{}, recorded: map[string][]issued{}, today: map[string][]issued{}}
	if err := r.read(ctx, j); err != nil {
		return nil, err
	}
	return r, engine.Each(j, 1, func(rec event.Record) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return r.record(rec)
	})
}

// issued is a receipt and the record that issued it.
type issued struct {
	receipt event.Receipt
	seq     uint64
	at      time.Time
}

type replay struct {
	state *core.State
	last  time.Time
	seq   uint64
	rep   ReplayReport

	asked    map[string]event.Ask    // what the journal asked
	answered map[string]event.Answer // and heard
	past     map[string]bool         // answers whose record is behind
	sessions map[string]bool
	numbers  map[string]int // of recorded visits

	recorded, today map[string][]issued
}

// read gathers what the journal asked, heard and issued.
func (r *replay) read(ctx context.Context, j journal.Reader) error {
	return engine.Each(j, 1, func(rec event.Record) error {
		r.rep.Records++
		for _, f := range rec.Facts {
			switch f := f.(type) {
			case event.Asked:
				r.asked[f.Ask.ID] = f.Ask
			case event.Answered:
				r.answered[f.Answer.ID] = f.Answer
			case event.SessionOpened:
				r.sessions[f.Session] = true
				if r.numbers[f.Session] == 0 {
					r.numbers[f.Session] = len(r.numbers) + 1
				}
			case event.ReceiptIssued:
				r.recorded[f.Receipt.Session] = append(r.recorded[f.Receipt.Session], issued{f.Receipt, rec.Seq, rec.At})
			default:
			}
		}
		return ctx.Err()
	})
}

// record steps one recorded input, after all that time alone brought about
// before it.
func (r *replay) record(rec event.Record) error {
	r.seq = rec.Seq
	if err := r.ticks(rec.At); err != nil {
		return err
	}
	switch in := rec.Input.(type) {
	case event.Time:
		return nil // time is stepped where today's code wants it
	case event.Answer:
		r.past[in.ID] = true
		ask, ok := r.pending(in.ID)
		switch {
		case !ok:
			r.rep.Skipped++
			return nil
		case !sameAsk(ask, r.asked[in.ID]):
			return r.step(rec.At, asAsked(ask))
		}
		return r.step(rec.At, in)
	case event.Evidence, event.DeviceStatus, event.Definition, event.StaffOrder, event.Notice, event.Resumed:
		if quarantined(rec) {
			return r.tryStep(rec.At, in)
		}
		return r.step(rec.At, in)
	}
	return fmt.Errorf("entry %d: an input that nobody knows: %T", rec.Seq, rec.Input)
}

func quarantined(rec event.Record) bool {
	for _, f := range rec.Facts {
		if _, ok := f.(event.Quarantined); ok {
			return true
		}
	}
	return false
}

func (r *replay) ticks(now time.Time) error {
	for range maxTicks {
		wake, ok := r.state.Wake()
		if !ok || wake.After(now) {
			return nil
		}
		if wake.Before(r.last) {
			wake = r.last
		}
		before := len(r.state.Asks)
		n, err := r.facts(wake, event.Time{})
		if err != nil {
			return err
		}
		if n == 0 && before == len(r.state.Asks) {
			return nil
		}
	}
	return fmt.Errorf("before entry %d: the core asked for %d wakes in a row", r.seq, maxTicks)
}

func (r *replay) step(at time.Time, in event.Input) error {
	_, err := r.facts(at, in)
	return err
}

// facts steps an input and deals with what is asked.
func (r *replay) facts(at time.Time, in event.Input) (n int, err error) {
	facts, err := guarded(r.state, at, in)
	if err != nil {
		return 0, fmt.Errorf("entry %d: today's code panics on it: %w", r.seq, err)
	}
	r.last = at
	var asks []event.Ask
	for _, f := range facts {
		switch f := f.(type) {
		case event.SessionOpened:
			r.sessions[f.Session] = true
		case event.ReceiptIssued:
			r.today[f.Receipt.Session] = append(r.today[f.Receipt.Session], issued{f.Receipt, r.seq, at})
		case event.Asked:
			asks = append(asks, f.Ask)
		default:
		}
	}
	for _, a := range asks {
		if err := r.answer(at, a); err != nil {
			return 0, err
		}
	}
	return len(facts), nil
}

// answer answers at once what the journal can't answer later.
func (r *replay) answer(at time.Time, a event.Ask) error {
	r.rep.Asks++
	_, asked := r.asked[a.ID]
	old, answered := r.answered[a.ID]
	switch {
	case !asked:
		r.rep.New++
		return r.step(at, asAsked(a))
	case answered && r.past[a.ID]: // it was answered before today's code asks
		if sameAsk(a, r.asked[a.ID]) {
			return r.step(at, old)
		}
		return r.step(at, asAsked(a))
	}
	return nil // the answer comes, or the host stopped before it came
}

// tryStep steps an input that once made the core panic. Where it does so still
// it stays set aside.
func (r *replay) tryStep(at time.Time, in event.Input) error {
	before, err := r.state.Encode()
	if err != nil {
		return err
	}
	if err := r.step(at, in); err == nil {
		return nil
	}
	r.state, err = core.Decode(before)
	return err
}

func guarded(s *core.State, at time.Time, in event.Input) (facts []event.Fact, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return core.Step(s, at, in), nil
}

func (r *replay) pending(id string) (event.Ask, bool) {
	for i := range r.state.Asks {
		if r.state.Asks[i].Ask.ID == id {
			return r.state.Asks[i].Ask, true
		}
	}
	return event.Ask{}, false
}

// sameAsk reports whether two asks want the same of the same.
func sameAsk(a, b event.Ask) bool {
	amount := func(x event.Ask) string {
		if x.Amount == nil {
			return ""
		}
		return x.Amount.String()
	}
	return a.Operation == b.Operation && a.Of == b.Of && a.Device == b.Device && a.Key == b.Key && a.Token == b.Token &&
		a.Reference == b.Reference && a.Bodies == b.Bodies && amount(a) == amount(b)
}

// asAsked is the answer of a world in which everything works.
func asAsked(a event.Ask) event.Answer {
	ans := event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Amount: a.Amount, Reference: cmp.Or(a.Reference, "replay/"+a.Key)}
	if a.Operation == event.OpLookup {
		ans.Found = event.FoundDone
	}
	return ans
}

// compare finds the first difference of every session.
func (r *replay) compare() {
	r.rep.Differences = []Difference{}
	var all []string
	for id := range r.recorded {
		all = append(all, id)
		r.rep.Receipts++
	}
	for id := range r.today {
		if r.recorded[id] == nil {
			all = append(all, id)
		}
	}
	for _, id := range all {
		if d, ok := differ(r.recorded[id], r.today[id]); ok {
			d.Session = id
			r.rep.Differences = append(r.rep.Differences, d)
		}
	}
	slices.SortFunc(r.rep.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Session, b.Session))
	})
}

func differ(recorded, today []issued) (Difference, bool) {
	for i := range max(len(recorded), len(today)) {
		switch {
		case i >= len(today):
			x := recorded[i]
			return Difference{Seq: x.seq, At: x.at, Version: x.receipt.Version, What: "missing", Recorded: describeReceipt(x.receipt)}, true
		case i >= len(recorded):
			x := today[i]
			return Difference{Seq: x.seq, At: x.at, Version: x.receipt.Version, What: "new", Today: describeReceipt(x.receipt)}, true
		}
		was, is := recorded[i], today[i]
		if what := unlike(was.receipt, is.receipt); what != "" {
			return Difference{Seq: was.seq, At: was.at, Version: was.receipt.Version, What: what,
				Recorded: describeReceipt(was.receipt), Today: describeReceipt(is.receipt)}, true
		}
	}
	return Difference{}, false
}

// unlike names what differs between two receipts, or nothing.
func unlike(a, b event.Receipt) string {
	same := func(x, y event.SaleLine) bool {
		return x.GTIN == y.GTIN && x.Quantity == y.Quantity && x.Amount == y.Amount && x.Discount == y.Discount && x.Tax == y.Tax
	}
	switch {
	case !slices.EqualFunc(a.Lines, b.Lines, same):
		return "lines"
	case a.Total != b.Total:
		return "total"
	case a.Payment != b.Payment:
		return "payment"
	}
	return ""
}

func describeReceipt(r event.Receipt) string {
	s := ""
	for _, l := range r.Lines {
		s += fmt.Sprintf("%d x %s, ", l.Quantity, l.GTIN)
	}
	return fmt.Sprintf("%stotal %s, %s", s, r.Total, r.Payment)
}
