package crash

import (
	"fmt"
	"syscall"
)

// wrong is an answer in place of carrying an operation out.
type wrong uint8

// The answers.
const (
	noSpace    wrong = iota // ENOSPC, until it was noticed
	ioError                 // EIO, once
	shortWrite              // some of the bytes, once
	syncError               // EIO of a sync; the pages are then clean and not durable
	wrongs
)

func (e wrong) String() string {
	return [...]string{"no_space", "io_error", "short_write", "sync_error"}[e]
}

func errorOf(name string) (wrong, bool) {
	for e := range wrongs {
		if e.String() == name {
			return e, true
		}
	}
	return 0, false
}

// errors has the disk answer with errors, at so many places of a log.
func (w *worker) errors(log []Op, quota int) error {
	total, k := operations(log), 0
	for i, op := range log {
		if op.Kind == Mark {
			continue
		}
		for s := range quota*(k+1)/total - quota*k/total {
			e := answerTo(op, k+s)
			if err := w.fail(place{i, e.String(), uint64(s)}, e, log); err != nil {
				return err
			}
		}
		k++
	}
	return nil
}

// answerTo chooses what may be answered to an operation.
func answerTo(op Op, n int) wrong {
	switch op.Kind {
	case Sync, SyncDir:
		return syncError
	case Write:
		return []wrong{noSpace, noSpace, ioError, shortWrite}[n%4]
	case Create:
		return []wrong{noSpace, ioError}[n%2]
	case Truncate, Unlink, Rename, Mark:
	}
	return ioError
}

// fault is what the disk does from operation at on.
func (e wrong) fault(at int, salt uint64) Fault {
	noticed := false
	return func(n int, op Op) (syscall.Errno, int) {
		if op.Kind == Mark {
			noticed = noticed || len(op.Data) > 0 && (op.Data[0] == markFull || op.Data[0] == markFailed)
			return 0, 0
		}
		switch {
		case e == noSpace && n >= at && !noticed && (op.Kind == Write || op.Kind == Create):
			return syscall.ENOSPC, 0
		case n != at || e == noSpace:
			return 0, 0
		case e == shortWrite:
			return 0, 1 + int(salt+uint64(n)*7919)%max(1, len(op.Data)-1)
		}
		return syscall.EIO, 0
	}
}

// fail plays the journey with one error in it, and looks what it leaves.
func (w *worker) fail(at place, e wrong, log []Op) error {
	p := point{seed: w.share.seed, at: at}
	w.Points++
	w.Errors++
	w.Variants[e.String()]++
	if at.op >= len(log) {
		return fmt.Errorf("there is no point %s", p)
	}
	seen, t, err := w.play("journey", NewDisk(w.base, e.fault(at.op, at.salt)))
	if err != nil {
		return err
	}
	w.NoSpace += t.Retried
	switch {
	case t.Again != "":
		w.violation(p, t.Again)
	case e == noSpace && t.Failed:
		w.violation(p, "the journal took a full disk for the end: "+t.Err)
	case e == shortWrite && t.Err != "":
		w.violation(p, "the journal did not write the rest: "+t.Err)
	case e == syncError:
		if t.Failed {
			w.FailedSyncs++
		}
	}
	c, n := newCut(w.base), w.begin
	for _, op := range seen {
		if op.Kind == Mark {
			n.mark(op.Data)
			continue
		}
		c.after(op)
	}
	// While it makes a journal SQLite undoes what it did, with a sync; there is nothing that could be lost yet.
	if why := again(seen); why != "" && n.begun > 0 {
		w.violation(p, why)
	}
	for _, v := range []Variant{Lost, Clean} { // whether the power goes then or not
		img, ok := c.image(v, w.rng(at))
		if !ok {
			continue
		}
		o, err := w.open(w.history, img, n, false)
		if err != nil {
			return err
		}
		if o.violation != "" {
			w.violation(p, fmt.Sprintf("%s of %s failed, the journal said %q; a power cut then left all unsynced data %s: %s", log[at.op].Kind, log[at.op].Name, t.Err, v, o.violation))
			break
		}
	}
	return nil
}

// again says whether a descriptor was synced again after a sync of it failed.
func again(log []Op) string {
	failed := map[uint64]string{}
	for _, op := range log {
		switch {
		case op.Kind != Sync:
		case op.Err != 0:
			failed[op.Handle] = op.Name
		case failed[op.Handle] != "":
			return fmt.Sprintf("a sync of %s failed, and the same descriptor was synced again", op.Name)
		}
	}
	return ""
}
