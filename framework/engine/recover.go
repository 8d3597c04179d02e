package engine

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
)

// Rebuilt is the state that a journal folds to.
type Rebuilt struct {
	State *core.State
	// Head is the newest record, At its time, Snapshot the record that the
	// newest snapshot covers.
	Head, Snapshot uint64
	At             time.Time
	// Passed says why a snapshot was not used; nil where it was, or there was
	// none.
	Passed error
}

// Rebuild folds a journal: its newest snapshot and the facts after it. It
// decides nothing. A snapshot that this version can't read is passed over for
// the facts from the first record on.
func Rebuild(j journal.Reader) (Rebuilt, error) {
	return rebuild(j, func(*core.State, uint64) error { return nil })
}

// rebuild passes a snapshot over that usable has an error for.
func rebuild(j journal.Reader, usable func(*core.State, uint64) error) (Rebuilt, error) {
	r := Rebuilt{State: core.New()}
	seq, b, ok, err := j.LatestSnapshot()
	if err != nil {
		return r, err
	}
	if ok {
		r.Snapshot = seq
		s, err := core.Decode(b)
		if err == nil {
			err = usable(s, seq)
		}
		if err != nil {
			r.Passed = err
		} else {
			r.State, r.Head = s, seq
		}
	}
	from := r.Head + 1
	if r.Head > 0 { // the time of the record that the snapshot ends with
		es, err := j.Read(r.Head, 1)
		if err != nil {
			return r, err
		}
		if len(es) == 1 {
			r.At = es[0].At
		}
	}
	err = each(j, from, func(e journal.Entry) error {
		facts, err := event.DecodeFacts(e.Body)
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		for _, f := range facts {
			r.State.Apply(f)
		}
		r.Head, r.At = e.Seq, e.At
		return nil
	})
	return r, err
}

// Each calls f with every record from a sequence number on.
func Each(j journal.Reader, from uint64, f func(event.Record) error) error {
	return each(j, from, func(e journal.Entry) error {
		rec, err := Record(e)
		if err != nil {
			return err
		}
		return f(rec)
	})
}

func each(j journal.Reader, from uint64, f func(journal.Entry) error) error {
	for {
		es, err := j.Read(from, 0)
		if err != nil {
			return err
		}
		if len(es) == 0 {
			return nil
		}
		for _, e := range es {
			if err := f(e); err != nil {
				return err
			}
		}
		from = es[len(es)-1].Seq + 1
	}
}

// Record reads a journal entry.
func Record(e journal.Entry) (event.Record, error) {
	rec, err := event.DecodeRecord(e.Body)
	if err != nil {
		return rec, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	rec.Seq, rec.At = e.Seq, e.At
	return rec, nil
}

// recoverGC is the garbage collector's percentage (runtime/debug.SetGCPercent)
// until the state is back: nearly all that is made stays, and looking through it
// again and again only makes the store wait.
const recoverGC = 400

// Recover brings the state back and puts a definition in force: the one in
// force stays where its digest is the same, and the journal's salt stays for
// ever. It is called once, before Run.
func (e *Engine) Recover(s storedef.Store, digest string) error {
	if e.opened {
		return fmt.Errorf("engine: Recover twice")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(recoverGC))
	r, err := rebuild(e.opt.Journal, func(s *core.State, at uint64) error { return shelved(s, at, e.opt.Shelf) })
	if err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	if r.Passed != nil {
		e.opt.Log.Warn("a snapshot is passed over", "at", r.Snapshot, "err", r.Passed)
	}
	e.state, e.last, e.head, e.snapshot = r.State, r.At, r.Head, r.Snapshot
	if e.head > 0 {
		e.opt.Log.Info("recovered", slog.Uint64("records", e.head), slog.Int("sessions", e.state.Open()), slog.Int("asks", len(e.state.Asks)))
	}
	old := e.state.Definition
	if old != nil && old.Store.Name != s.Name {
		return fmt.Errorf("the journal is that of store %q, not of %q: give the other store a data folder of its own", old.Store.Name, s.Name)
	}
	if open := e.state.Open(); old != nil && open > 0 && old.Store.Currency != s.Currency {
		return fmt.Errorf("%d open visits are not settled yet in %s: the store can't change to %s before they are", open, old.Store.Currency, s.Currency)
	}
	if old != nil && !e.opt.AcceptPrices {
		if err := heldPrices(storedef.Slips(old.Store, s)); err != nil {
			return err
		}
	}
	e.opened = true
	if old != nil {
		if err := e.resume(); err != nil {
			return err
		}
	}
	if old == nil || old.Digest != digest {
		if err := e.adopt(old, s, digest); err != nil {
			return err
		}
	}
	e.salt = e.state.Definition.Salt
	e.tell(e.standing(), e.head)
	// There is work in hand until Run has dealt with what was recovered.
	e.holding = true
	e.opt.Work.Begin()
	return nil
}

// ErrPrices says that prices changed so much that somebody must have a look.
var ErrPrices = errors.New("prices changed a hundredfold")

// listedPrices is how many an error names.
const listedPrices = 12

// heldPrices is the error of prices that are probably slips of the keyboard; nil
// for none.
func heldPrices(slips []storedef.Slip) error {
	if len(slips) == 0 {
		return nil
	}
	var lines []string
	for _, s := range slips[:min(len(slips), listedPrices)] {
		lines = append(lines, s.String())
	}
	if more := len(slips) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w since the definition in force, so nothing was taken over:\n%s\nCorrect them, or run the store again with --accept-prices",
		ErrPrices, strings.Join(lines, "\n"))
}

// resume tells the core that the host before this one is gone. It says so as of
// the last record: what time alone brought about since is then decided in the
// knowledge that evidence of it is lost.
func (e *Engine) resume() error {
	g := &group{engine: e}
	defer e.quiet()()
	in := event.Resumed{Until: e.now()}
	facts, text := stepped(e.step, e.state, e.last, in)
	if text != "" {
		return fmt.Errorf("the store can't go on with its journal: %s", text)
	}
	if err := g.draft(event.Record{At: e.last, Input: in, Facts: facts}); err != nil {
		return err
	}
	return g.flush()
}

// quiet has asks kept back until the function that it returns is called: they
// are among the pending ones, which Run hands on.
func (e *Engine) quiet() func() {
	ask, tell := e.opt.Ask, e.opt.Tell
	e.opt.Ask, e.opt.Tell = func(event.Ask, bool) {}, nil
	return func() { e.opt.Ask, e.opt.Tell = ask, tell }
}

// adopt puts a definition in force.
func (e *Engine) adopt(old *event.Definition, s storedef.Store, digest string) (err error) {
	d := event.Definition{Store: s, Digest: digest}
	if old != nil {
		d.Salt = old.Salt
	} else if d.Salt, err = mint(); err != nil {
		return err
	}
	g := &group{engine: e}
	// What time brought about meanwhile comes first, as it does before any
	// other input.
	defer e.quiet()()
	if err := g.ticks(e.now()); err != nil {
		return err
	}
	// A panic here is the definition's own: there is no store to go on with.
	facts, text := stepped(e.step, e.state, e.now(), d)
	if text != "" {
		return fmt.Errorf("the store's definition can't be adopted: %s", text)
	}
	if err = g.draft(event.Record{At: e.now(), Input: d, Facts: facts}); err != nil {
		return err
	}
	return g.flush()
}

// Floor is the newest epoch that the journal knows. A device that is opened
// from now on must have a greater one, or its reports would pass for repeats.
func (e *Engine) Floor() uint64 {
	var floor uint64
	for _, s := range e.state.Noted {
		floor = max(floor, s.Epoch)
	}
	for _, d := range e.state.Entry.Device {
		floor = max(floor, d.Epoch)
	}
	return floor
}

// mint makes a journal's salt.
func mint() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}
