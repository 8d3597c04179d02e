package crash

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
)

// childArg is the argument of a process that uses the disks. It is another one than the one that serves them: a
// process that waits for memory of a file that it serves itself would wait for ever.
const childArg = "crash-child"

// file is the journal's.
const file = "journal.db"

// The marks that a child leaves between the operations of its journal.
const (
	markBegins   = 'B' // an append, that goes up to a record
	markAcked    = 'A' // it was acknowledged
	markAsked    = 'Q' // what a record asks for was sent
	markSnaps    = 'S' // a snapshot at a record
	markSnapped  = 'T' // it was acknowledged
	markFull     = 'F' // there was no space; it will be tried again
	markFailed   = 'X' // the journal has failed
	markFinished = 'E' // all is written
)

// job is what a child does.
type job struct {
	Do   string // journey or recover
	Dir  string
	Seed uint64
	// Plant is a mistake to make: see plants.
	Plant string
}

// The mistakes that a child can make, to see that they are found.
const (
	plantAckEarly = "acknowledge before the append"
	plantAskEarly = "ask before the append"
	plantNoSync   = "synchronous off" // done by the disk
)

// told is what became of a job.
type told struct {
	Err     string `json:",omitempty"` // why the journal did not go on
	Failed  bool   `json:",omitempty"` // an append or snapshot said so
	Again   string `json:",omitempty"` // what it did after it had failed, that it should not have
	Broken  string `json:",omitempty"` // the child itself can't go on
	Retried int    `json:",omitempty"` // times there was no space
}

// Child plays the other process of [Run] where the arguments say so, and says whether they do.
func Child(args []string) bool {
	if len(args) != 1 || args[0] != childArg {
		return false
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var j job
		if in.Decode(&j) != nil {
			return true
		}
		if out.Encode(j.run()) != nil {
			return true
		}
	}
}

// helper is a child as its parent sees it.
type helper struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	enc *json.Encoder
	dec *json.Decoder
}

func startHelper(ctx context.Context) (*helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &helper{cmd: exec.CommandContext(ctx, self, childArg)}
	h.cmd.Stderr = os.Stderr
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	h.enc, h.dec = json.NewEncoder(h.in), json.NewDecoder(bufio.NewReader(out))
	return h, h.cmd.Start()
}

func (h *helper) do(j job) (told, error) {
	var t told
	if err := h.enc.Encode(j); err != nil {
		return t, fmt.Errorf("the process that uses the disk is gone: %w", err)
	}
	if err := h.dec.Decode(&t); err != nil {
		return t, fmt.Errorf("the process that uses the disk is gone: %w", err)
	}
	if t.Broken != "" {
		return t, errors.New(t.Broken)
	}
	return t, nil
}

func (h *helper) stop() error {
	return errors.Join(h.in.Close(), h.cmd.Wait())
}

// writer is a journal whose user leaves marks.
type writer struct {
	journal.Journal
	marks *os.File
	plant string
	told  *told
}

func (w *writer) mark(kind byte, seq uint64) {
	b := binary.BigEndian.AppendUint64([]byte{kind}, seq)
	if _, err := w.marks.Write(b); err != nil && w.told.Broken == "" {
		w.told.Broken = "leave a mark: " + err.Error()
	}
}

// Append marks where an append begins and where it is acknowledged. A full disk has space again once it was tried.
func (w *writer) Append(at []journal.Draft) ([]journal.Entry, error) {
	head, _ := w.Head()
	end := head + uint64(len(at))
	w.mark(markBegins, end)
	if w.plant == plantAckEarly {
		w.mark(markAcked, end)
	}
	if w.plant == plantAskEarly {
		w.mark(markAsked, end)
	}
	es, err := w.Journal.Append(at)
	for range 3 {
		if !errors.Is(err, journal.ErrFull) {
			break
		}
		w.full()
		es, err = w.Journal.Append(at)
	}
	if err != nil {
		w.failed(err)
		return nil, err
	}
	w.mark(markAcked, end)
	return es, nil
}

// Snapshot marks as Append does.
func (w *writer) Snapshot(seq uint64, state []byte) error {
	w.mark(markSnaps, seq)
	err := w.Journal.Snapshot(seq, state)
	for range 3 {
		if !errors.Is(err, journal.ErrFull) {
			break
		}
		w.full()
		err = w.Journal.Snapshot(seq, state)
	}
	if err != nil {
		w.failed(err)
		return err
	}
	w.mark(markSnapped, seq)
	return nil
}

func (w *writer) full() {
	w.told.Retried++
	w.mark(markFull, 0)
}

// failed looks that a journal that failed refuses all.
func (w *writer) failed(err error) {
	w.told.Failed = errors.Is(err, journal.ErrFailed)
	w.mark(markFailed, 0)
	if _, again := w.Journal.Append([]journal.Draft{{At: morning, Body: []byte("{}")}}); again == nil {
		w.told.Again = "it took an append after it had failed"
	}
	if head, _ := w.Head(); head > 0 {
		if again := w.Journal.Snapshot(head, nil); again == nil {
			w.told.Again = "it took a snapshot after it had failed"
		}
	}
}

func (j job) run() (t told) {
	marks, err := os.OpenFile(filepath.Join(j.Dir, marksName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Broken = err.Error()
		return t
	}
	defer marks.Close()
	w := &writer{marks: marks, plant: j.Plant, told: &t}
	y, err := newJourney(j.Seed)
	if err != nil {
		t.Broken = err.Error()
		return t
	}
	if j.Do == "recover" {
		err = w.recover(j.Dir, y)
	} else {
		err = w.journey(j.Dir, y, y.skip, len(y.groups), y.close)
	}
	if err != nil {
		t.Err = err.Error()
	}
	w.mark(markFinished, 0)
	return t
}

func (w *writer) open(dir string, y *journey) error {
	o := y.options
	j, err := journal.Open(filepath.Join(dir, file), &o)
	if err == nil {
		w.Journal = j
	}
	return err
}

// journey writes appends [from, to).
func (w *writer) journey(dir string, y *journey, from, to int, closed bool) (err error) {
	if err := w.open(dir, y); err != nil {
		return err
	}
	defer func() {
		if err == nil && !closed {
			w.mark(markFinished, 0) // what the end of the process does is no part of it
		}
		err = errors.Join(err, w.Close())
	}()
	at := y.records(from)
	for g := from; g < to; g++ {
		if _, err := w.Append(y.drafts[at : at+y.groups[g]]); err != nil {
			return err
		}
		at += y.groups[g]
		w.mark(markAsked, uint64(at))
		if y.snaps[g] {
			if err := w.Snapshot(uint64(at), y.states[g]); err != nil {
				return err
			}
		}
		if y.reopen[g] && g+1 < to {
			if err := w.Close(); err != nil {
				return err
			}
			if err := w.open(dir, y); err != nil {
				return err
			}
		}
	}
	return nil
}

// recover does what a host does that finds a journal, and ends well.
func (w *writer) recover(dir string, y *journey) (err error) {
	if err := w.open(dir, y); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	e := engine.New(engine.Options{Journal: w, Clock: clock.NewManual(morning.Add(time.Hour)), Ask: func(event.Ask, bool) {
		head, _ := w.Head()
		w.mark(markAsked, head)
	}})
	if err := e.Recover(theStore(), "digest"); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return e.Run(ctx)
}
