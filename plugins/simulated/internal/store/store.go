// Package store puts a simulated world together: scene, timeline, people,
// processor, books and hub. The command world is its caller, and tests.
//
// A world that finds the books of an earlier one in its folder goes on after
// it: no credential is used twice, what was charged stays charged, and time
// does not go back.
package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/hub"
	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/records"
	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
)

// The books' names in the data folder.
const (
	TruthFile  = "truth.jsonl"
	LedgerFile = "ledger.jsonl"
	NamesFile  = "names.jsonl"
)

// afterEarlier is how long after an earlier world's last line time goes on.
const afterEarlier = time.Minute

// Options say what world it is.
type Options struct {
	Scene, Script, Data string
	Seed                uint64
	Shoppers, Basket    int
	Stops               int
	Arrivals            time.Duration
	Noise               string
	// Tenders, where set, are who comes, in place of the scene's shoppers: see
	// scene.ParseShoppers.
	Tenders       string
	PaymentFaults bool
	FaultsOn      []string // by processor.FaultNames
	DeclinePPM    int
	Start         time.Time
	Speed         float64
	Free          bool
	Await         []string
	Linger        time.Duration
	// Grace is hub.Options.Grace.
	Grace time.Duration
	Log   *slog.Logger
}

// Store is a world ready to run.
type Store struct {
	// FirstVisit numbers the first visit, Visits is how many are to come.
	FirstVisit, Visits int

	hub                  *hub.Hub
	names, truth, ledger *records.Book
}

// Open reads everything and starts nothing.
func Open(opt Options) (*Store, error) {
	sc, err := scene.Load(opt.Scene)
	if err != nil {
		return nil, err
	}
	if opt.Tenders != "" {
		list, err := scene.ParseShoppers(opt.Tenders)
		if err == nil {
			err = sc.SetShoppers(list)
		}
		if err != nil {
			return nil, fmt.Errorf("tenders: %w", err)
		}
	}
	profile, err := sim.ProfileOf(opt.Noise)
	if err != nil {
		return nil, err
	}
	var script *sim.Script
	if opt.Script != "" {
		if script, err = sim.LoadScript(opt.Script, sc); err != nil {
			return nil, err
		}
	}
	past := past{seed: opt.Seed, last: opt.Start.Add(-afterEarlier), over: make(map[string]bool), ended: make(map[string]bool), credential: make(map[string]string)}
	s := new(Store)
	if s.names, err = records.Open(filepath.Join(opt.Data, NamesFile), past.name); err != nil {
		return nil, err
	}
	if s.truth, err = records.Open(filepath.Join(opt.Data, TruthFile), past.truth); err != nil {
		return nil, errors.Join(err, s.names.Close())
	}
	if s.ledger, err = records.Open(filepath.Join(opt.Data, LedgerFile), past.entry); err != nil {
		return nil, errors.Join(err, s.truth.Close(), s.names.Close())
	}
	if err := s.assemble(opt, sc, profile, script, &past); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) assemble(opt Options, sc *scene.Scene, profile sim.Profile, script *sim.Script, past *past) error {
	start := timeline.Of(past.last.Add(afterEarlier))
	if opt.Free && len(opt.Await) > 0 {
		start = timeline.Of(past.last) // it begins at the wall's time, which is later
	}
	tl := timeline.New(start)
	s.hub = hub.New(sc, tl, s.truth, hub.Options{
		Speed: opt.Speed, Free: opt.Free, Await: opt.Await, Linger: opt.Linger, Grace: opt.Grace, Start: start, Log: opt.Log, Names: s.names,
	})
	if script != nil {
		opt.Shoppers = 0
		if past.ended[script.Steps[0].Token] {
			script = nil // an earlier world has played it to its end
		}
	}
	s.FirstVisit, s.Visits = past.highest+1, max(opt.Shoppers-len(past.over), 0)
	world := sim.New(sc, tl, sim.Options{
		Seed: opt.Seed, Shoppers: s.Visits, FirstVisit: s.FirstVisit, Arrivals: opt.Arrivals, Basket: opt.Basket, Stops: opt.Stops,
		Profile: profile, Script: script, Loaded: s.hub.Loaded,
	}, s.hub)
	for token, credential := range past.credential {
		world.KnownAs(credential, token)
	}
	proc := processor.New(tl, s.ledger, processor.Options{
		Seed: opt.Seed, Faults: opt.PaymentFaults, DeclinePPM: opt.DeclinePPM, Refused: sc.Staff,
		On: opt.FaultsOn, Notice: s.hub.Notice, Funding: world.Funding, Authorised: world.Authorised, Failed: s.hub.Fail,
	})
	for _, e := range past.entries {
		if err := proc.Restore(e); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(opt.Data, LedgerFile), err)
		}
	}
	s.hub.Attach(world, proc)
	if !opt.Free || len(opt.Await) == 0 { // else the hub starts it once they are there
		world.Start()
	}
	return nil
}

// Run serves a listener until ctx ends or nobody comes any more.
func (s *Store) Run(ctx context.Context, lis net.Listener) error { return s.hub.Run(ctx, lis) }

// Do runs a deed on the running world; see hub.Do.
func (s *Store) Do(ctx context.Context, deed func(*sim.World, *processor.Processor)) error {
	return s.hub.Do(ctx, deed)
}

// Quiet waits until all that was reported is in the host's journal; see
// hub.Quiet.
func (s *Store) Quiet(ctx context.Context) error { return s.hub.Quiet(ctx) }

// Close closes the books.
func (s *Store) Close() error { return errors.Join(s.truth.Close(), s.ledger.Close(), s.names.Close()) }

// past is what the books of earlier worlds tell.
type past struct {
	seed    uint64
	highest int
	last    time.Time
	// over are the visits of this seed that have ended, ended all credentials.
	over, ended map[string]bool
	// credential is the world's own name of what the store calls otherwise.
	credential map[string]string
	entries    []processor.Entry
}

func (p *past) truth(line []byte) error {
	var t hub.TruthLine
	if err := json.Unmarshal(line, &t); err != nil {
		return err
	}
	p.ended[t.Credential] = true
	if p.saw(t.Credential) {
		p.over[t.Credential] = true
	}
	return p.at(t.At)
}

func (p *past) entry(line []byte) error {
	var e processor.Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	p.entries = append(p.entries, e)
	p.saw(e.Credential)
	return p.at(e.At)
}

func (p *past) name(line []byte) error {
	var n hub.NameLine
	if err := json.Unmarshal(line, &n); err != nil {
		return err
	}
	p.credential[n.Token] = n.Credential
	p.saw(n.Credential)
	return nil
}

// saw notes a credential of this seed, by the store's name or the world's.
func (p *past) saw(name string) bool {
	credential := cmp.Or(p.credential[name], name)
	rest, ok := strings.CutPrefix(credential, fmt.Sprintf("tok-%d-", p.seed))
	n, err := strconv.Atoi(rest)
	if !ok || err != nil {
		return false
	}
	p.highest = max(p.highest, n)
	return true
}

func (p *past) at(text string) error {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err == nil && t.After(p.last) {
		p.last = t
	}
	return err
}
