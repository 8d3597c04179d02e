// Package engine is the single writer: the one goroutine that touches the
// state.
//
// Run takes what waits, at most MaxGroup inputs at a time, answers first and
// then round robin over one bounded queue a device; steps each through the
// core; appends all records with one journal sync, while it steps those that came
// meanwhile; and only once they are durable acknowledges the evidence and hands new
// asks on. So nothing acts on what could be lost,
// and nothing is acknowledged that could be. Readers follow the journal itself.
//
// It decides nothing: package core does. It knows no plugin, call or page; what
// it gives away goes through the functions in Options. Package store joins them.
//
// It promises that the time of records never goes back, that recovery gives
// the state that was lost, byte for byte, that asks without an answer go out
// again under their old names, and that an input that makes the core panic
// costs that one input and closes nothing but, at worst, the entry.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// Limits.
const (
	// MaxGroup is how many inputs share one sync.
	MaxGroup = 256
	// MaxQueue is how many inputs of one device wait before its reports are
	// held back.
	MaxQueue = 1024
	// MaxQueues is how many devices may report.
	MaxQueues = 16384
	// SnapshotEvery is how many records recovery folds at most.
	SnapshotEvery = 10_000
	// PanicDevices of one PanicWithin close the entry: one device that makes
	// the core panic is a device's trouble, three are the core's.
	PanicDevices = 3
	PanicWithin  = time.Minute
	// tickAgain is how long after a tick made the core panic, or did not move
	// its wake, the next one is tried.
	tickAgain = time.Second
	// enough is how many records are written at once though more inputs wait,
	// where nothing else is being written.
	enough = 32
	// keptBodies is how many bytes of records' bodies are kept room for between
	// two groups.
	keptBodies = 4 << 20
)

// ErrStopped is returned to whoever hands in an input that will not be taken.
var ErrStopped = errors.New("the engine has stopped")

// Options join an engine to the rest. Journal and Clock are required.
type Options struct {
	Journal journal.Journal
	Clock   clock.Clock
	// Work hears what the engine has in hand.
	Work *clock.Work
	// Ack is told of evidence that is durable. It must not block.
	Ack func(device string, epoch, seq uint64)
	// Ask is handed asks that are durable, in the order they were made; again
	// says that it may have been sent by a host that stopped since. It must
	// not block.
	Ask func(a event.Ask, again bool)
	// Tell hears each fact once it is durable, but for those of a recovery. It must
	// not block; nil hears nothing.
	Tell func(f event.Fact)
	// EntryClosed is told once that the entry must close and why.
	EntryClosed func(reason string)
	Log         *slog.Logger
	// AcceptPrices lets a definition come into force of which a price is a
	// hundred times what it was, or a hundredth.
	AcceptPrices bool
	// Shelf keeps the sales that the core sets aside; nil for one in memory, with
	// which recovery folds from the first record once any were.
	Shelf Shelf
	// SnapshotEvery takes the place of the constant where it isn't zero.
	SnapshotEvery int
}

// Engine is the single writer. Recover is called once, then Run.
type Engine struct {
	opt  Options
	step func(*core.State, time.Time, event.Input) []event.Fact
	most int // maxTicks, but for tests
	in   *inbox
	// damper holds back the changes of devices that change too often.
	damper  damper
	notices notices
	alarm   alarm

	// The rest belongs to Recover and Run.
	writer   *committer // while Run runs
	bodies   []byte     // room for those of the group that is written; the committer's while Run runs
	open     *group     // what was stepped and is not handed to the committer yet
	state    *core.State
	last     time.Time // At of the newest record
	head     uint64    // newest record
	snapshot uint64    // newest record in a snapshot
	salt     string    // the journal's, for ever
	broken   bool      // whether a panic left the state half changed
	opened   bool      // whether recovered asks were handed on
	holding  bool      // whether Recover's work is still in hand
	panics   []panicked
	ticked   time.Time // up to when time was let pass
	stuck    time.Time // a wake that nothing came of
	mute     time.Time // no ticks before, after one made the core panic

	status atomic.Pointer[Status]
	closed sync.Once
}

type panicked struct {
	device string
	at     time.Time
}

// Status is what the engine says of itself, as of its last group.
type Status struct {
	Head uint64
	At   time.Time
	// Open is how many sessions are not closed, Asks how many asks have no
	// answer.
	Open, Asks int
	// Wake is when time alone next matters; zero where it never does. Waiting says
	// that money waits for its processor, perhaps for it to be back.
	Wake    time.Time
	Waiting bool
	// Quarantined counts inputs that made the core panic.
	Quarantined int
	// EntryClosed says why nobody is let in; empty while the entry is open.
	EntryClosed string
}

// New returns an engine. It starts nothing.
func New(o Options) *Engine {
	if o.Work == nil {
		o.Work = &clock.Work{}
	}
	if o.Ack == nil {
		o.Ack = func(string, uint64, uint64) {}
	}
	if o.Ask == nil {
		o.Ask = func(event.Ask, bool) {}
	}
	if o.EntryClosed == nil {
		o.EntryClosed = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Shelf == nil {
		o.Shelf = &inMemory{sales: map[string]*event.Sale{}, owners: map[string]string{}}
	}
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = SnapshotEvery
	}
	e := &Engine{opt: o, step: core.Step, most: maxTicks, in: newInbox(o.Work), damper: newDamper(), notices: notices{waiting: map[notice]*await{}}, alarm: alarm{clock: o.Clock, work: o.Work}}
	e.alarm.ring = e.in.signal
	e.status.Store(&Status{})
	return e
}

// Status is what the engine last said of itself. Any goroutine may ask.
func (e *Engine) Status() Status { return *e.status.Load() }

// Evidence takes a device's reports in. It blocks while too much of the device
// waits, and that holds the device back.
func (e *Engine) Evidence(ctx context.Context, batch []event.Evidence) error {
	for i := range batch {
		if err := e.in.put(ctx, batch[i].Device, batch[i]); err != nil {
			return err
		}
	}
	return nil
}

// DeviceStatus takes a change of a device's state in, after all that the
// device reported before. Of a device that changes its state without end only
// some changes are written, the newest always: see FlapBurst.
func (e *Engine) DeviceStatus(ctx context.Context, s event.DeviceStatus) error {
	write, held := e.damper.take(e.opt.Clock.Now(), s)
	if held {
		e.in.nudge() // the alarm has another time to ring at
	}
	if !write {
		return nil
	}
	err := e.in.put(ctx, s.Device, s)
	if err != nil {
		e.damper.unwritten(s)
	}
	return err
}

// Answer takes in what became of an ask. Answers are stepped before all else.
func (e *Engine) Answer(ctx context.Context, a event.Answer) error {
	return e.in.put(ctx, answers, a)
}

// Order takes in what a member of staff decided.
func (e *Engine) Order(ctx context.Context, o event.StaffOrder) error {
	return e.in.put(ctx, "staff", o)
}
