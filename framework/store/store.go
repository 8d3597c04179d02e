// Package store is the composition root: it makes a running store of a folder
// of store files and a data folder, and knows how to look at what one left.
//
// It reads the definition, builds and asks the plugins, starts the peers, opens
// the journal, recovers, and joins engine, dispatch, devices, supervisor, view
// and pages; then it stops them in the order in which nothing is lost. It is
// the only package that knows all of them, and it decides nothing itself.
//
// Run promises that whatever keeps a store from running is one clear error, and
// that nothing of it is left running after it but the peers, which outlive it
// on purpose.
//
// Only tools calls it.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// The files of a data folder that the host writes.
const (
	JournalFile  = "journal.db"
	LogFolder    = "log" // what plugins print, NAME.log of each
	ReceiptsFile = "receipts.jsonl"
	// PointsFile says how far the journal's readers have come. It may be deleted
	// while no host runs: the next start then reads the whole journal.
	PointsFile = "checkpoints.db"
)

// Options say what to run. Dir and Data are required.
type Options struct {
	// Dir is the folder of the store's files.
	Dir string
	// Store is which store of a fleet it is, where Dir is a fleet's.
	Store string
	// Vars are the values of its variables, WorkDir what a path among them is
	// relative to; empty for the process's own.
	Vars map[string]string
	// VarFiles are files of values, for which those in Vars go first.
	VarFiles []string
	WorkDir  string
	// Data is the data folder. It is made where it does not exist.
	Data string
	// CA is the folder with this host's certificates for agents; empty for the
	// user's own.
	CA string
	// AcceptPrices lets prices that changed a hundredfold come into force.
	AcceptPrices bool
	// Patience is how many times as long as usual plugins have to start, answer, do what is
	// asked of their devices and end, for a machine that is emulated or far too busy; 0 is once.
	Patience int
	// UntilIdle ends the run when nothing is left to happen: the peer whose
	// clock the store runs on has no more to do, no session is open, no ask
	// has no answer and no time is waited for.
	UntilIdle bool
	// HTTP is the loopback address of the page; empty for none.
	HTTP string
	// Announce is a folder in which the store notes that it runs, so that
	// commands find it; empty for nowhere.
	Announce string
	// StopPeers ends the peers with the store.
	StopPeers bool
	// Cache is where built programs go; empty for the user's own.
	Cache string
	// Log hears of everything; nil is silence.
	Log *slog.Logger
	// Secrets learns what must stand in no log; nil for nobody.
	Secrets *Secrets
	// Progress is told of what takes long before the store is up. It is
	// called from several goroutines, one at a time.
	Progress func(Progress)
	// Warn is told of what is wrong with the store's plugins and does not keep it
	// from running; nil for the log alone.
	Warn func(storefile.Problems)
	// Ready is called once the store is up.
	Ready func(Running)

	// unlocked leaves the lock unread, for whoever writes it.
	unlocked bool
	// limits are those of plugins, for tests on a machine that is busy; nil is
	// the supervisor's own.
	limits *supervisor.Limits
	// overlay is that of ValidateOptions.
	overlay map[string][]byte
}

// Progress is a step on the way up.
type Progress struct {
	// Stage is "load", "build", "describe", "peer", "recover" or "open".
	Stage string
	// Name is whose step it is.
	Name string
	// Done says that it has ended, after Took.
	Done bool
	Took time.Duration
}

// Running is a store that is up, for those who show it.
type Running struct {
	Store storedef.Store
	// URL is the page's; empty where there is none.
	URL  string
	View *view.View
	// Head is the journal's newest record before this opening, 0 where it is the
	// first; Open is how many visits were open then.
	Head uint64
	Open int
	// Devices and Plugins say how they are at the moment.
	Devices func() []devices.View
	Plugins func() []supervisor.Status
	// Order takes what a member of staff decided.
	Order func(context.Context, event.StaffOrder) error
	// Health says why the store is not well; nil where it is.
	Health func() error
}

// Summary is what a run left.
type Summary struct {
	Store string `json:"store"`
	// Sessions and Receipts count the whole journal's.
	Sessions int `json:"sessions"`
	Receipts int `json:"receipts"`
	// InReview counts receipts with lines that were in doubt.
	InReview int `json:"in_review"`
	// Voided counts holds that were released, Failed captures that the
	// processor refused.
	Voided        int   `json:"voided"`
	Failed        int   `json:"failed"`
	CapturedMinor int64 `json:"captured_minor"`
	// Open counts sessions that are not closed, Asks those without an answer.
	Open        int      `json:"open"`
	Asks        int      `json:"asks"`
	Quarantined int      `json:"quarantined"`
	Records     uint64   `json:"records"`
	Changes     []Change `json:"changes"`
}

// ProblemsError says that the store's files have errors.
type ProblemsError struct {
	Definition *storefile.Definition
	Problems   storefile.Problems
}

func (e *ProblemsError) Error() string { return e.Problems.Err().Error() }

// Run runs a store until ctx ends, or until it is idle. It returns what the run
// left; the error is the one thing that kept it from running or ended it.
func Run(ctx context.Context, o Options) (Summary, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Secrets == nil {
		o.Secrets = &Secrets{}
	}
	if o.limits == nil {
		o.limits = patientLimits(o.Patience)
	}
	o.Progress = oneAtATime(o.Progress)
	data, err := filepath.Abs(o.Data)
	if err != nil || o.Data == "" {
		return Summary{}, errors.Join(errors.New("a store needs a data folder"), err)
	}
	o.Data = data
	m := &machine{opt: o}
	err = m.up(ctx)
	if err == nil {
		err = m.wait(ctx)
	}
	sum, downErr := m.down()
	if err != nil {
		return sum, err
	}
	return sum, downErr
}

// step tells of a step, and returns what tells of its end.
func (o *Options) step(stage, name string) func() {
	began := time.Now()
	o.Progress(Progress{Stage: stage, Name: name})
	return func() { o.Progress(Progress{Stage: stage, Name: name, Done: true, Took: time.Since(began)}) }
}

// located is an error with the place in the store's files that it is about.
func located(d *storefile.Definition, address, path, code, summary string, err error) error {
	p := d.Problem(address, path, code, summary, err.Error())
	if p.File == "" {
		return fmt.Errorf("%s: %w", address, err)
	}
	return &ProblemsError{Definition: d, Problems: storefile.Problems{p}}
}
