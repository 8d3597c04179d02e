// Package journal keeps what happened in a store: an append-only, hash-chained, durable sequence of entries,
// with snapshots of the state that the entries fold to.
//
// It is the bus and the outbox. The engine appends, one durable group at a time; every reader says which
// sequence number it wants next ([Journal.Wait], [Journal.Read]) and goes at its own pace.
//
// It is not a codec: bodies and states are opaque bytes, framework/event gives them meaning. It holds no
// policy either: when to take a snapshot, what to do when the disk is full and who is called when a chain is
// broken are the caller's.
//
// [Open] keeps entries in SQLite (WAL, synchronous=FULL, one writer connection, one transaction a group),
// [Memory] keeps them in memory with the same checks. Both promise:
//
//   - An entry that Append returned survives the end of the process, and with Open the loss of power.
//   - Sequence numbers start at 1 and have no gap.
//   - No entry is handed out unless its hash follows from all that came before it. What does not is a
//     [DamageError], never skipped.
//   - After a failed commit nothing is written any more: the kernel may have dropped the pages that it could
//     not sync, so a second sync that succeeds proves nothing.
//
// A chain proves that nothing inside it was changed. It cannot prove that a whole journal was not replaced
// by an older copy of itself, nor that someone with the file did not forge every hash to its end: for that,
// keep [Report].Hash elsewhere and compare.
package journal

import (
	"context"
	"time"
)

// Limits. Each is checked when writing.
const (
	MaxBody       = 16 << 20 // bytes of one body; the definition of a store of 10,000 products fits, twice over
	MaxGroup      = 4096     // drafts in one group
	MaxGroupBytes = 64 << 20 // bytes of all bodies of one group
	MaxState      = 64 << 20 // bytes of one snapshot's state, before compression
	MaxRead       = 4096     // entries that one Read returns
	MaxReadBytes  = 16 << 20 // bytes of bodies after which a Read returns early
	MaxStoreName  = 256      // bytes of Options.Store
	KeptSnapshots = 3        // newest snapshots whose state is kept; older ones leave only their link in the chain
)

// Format is the version of the layout that this package writes. An older program refuses a newer format.
const Format = 1

// A Draft is an entry that is still to be appended.
type Draft struct {
	At   time.Time // kept to the nanosecond, without its zone; between the years 1678 and 2262
	Body []byte    // at most MaxBody bytes; the journal does not keep hold of it
}

// An Entry is one link of the chain.
type Entry struct {
	Seq  uint64    // 1 for the first entry, then without gap
	At   time.Time // in UTC
	Body []byte
	Hash [32]byte // SHA-256 over all that came before, and this entry
}

// A Report is what [Reader.Verify] found in a sound journal.
type Report struct {
	Records   uint64   // entries in the chain
	Snapshots uint64   // snapshots in the chain, those included whose state is no longer kept
	States    uint64   // snapshots whose state is kept, and was checked
	Bytes     uint64   // bytes of all bodies
	Head      uint64   // sequence number of the last entry, 0 for none
	Hash      [32]byte // hash of the last link: the one value to keep elsewhere
}

// An ID names one journal for its whole life. A fresh data folder has a fresh one.
type ID [16]byte

// A Reader reads a journal. Its methods may be called from any goroutine, beside the writer.
type Reader interface {
	// ID is the journal's own identity.
	ID() ID

	// Store is the store name that was given when the journal was created.
	Store() string

	// Read returns entries from sequence number from on, in order, each checked against the chain.
	// It returns at most limit entries (MaxRead if limit is 0 or more than that), and fewer once
	// MaxReadBytes are reached. None means that the journal ends before from.
	Read(from uint64, limit int) ([]Entry, error)

	// Head is the sequence number of the last durable entry, 0 for none, and the hash of the chain's last
	// link, be it that entry or a snapshot taken after it.
	Head() (seq uint64, hash [32]byte)

	// LatestSnapshot returns the newest snapshot that is whole and in the chain. One that was torn or
	// tampered with is passed over for the one before it; Verify names it. ok is false if there is none.
	LatestSnapshot() (seq uint64, state []byte, ok bool, err error)

	// Verify walks the whole chain up to the head at the time of the call. It calls check for each entry in
	// order and, after the entry at seq, snapshot with each kept state of the fold up to there; either may be
	// nil. It stops at the first problem: a *DamageError that names the sequence number, or what a callback
	// returned, wrapped.
	Verify(ctx context.Context, check func(Entry) error, snapshot func(seq uint64, state []byte) error) (Report, error)

	// Wait returns nil once the journal holds an entry beyond after. It returns the context's error, ErrClosed,
	// or the failure of the journal if no entry will come any more.
	Wait(ctx context.Context, after uint64) error

	// Close ends all waits and frees what the reader holds. A second Close does nothing.
	Close() error
}

// A Journal is a Reader that can also write. One process at a time holds one.
type Journal interface {
	Reader

	// Append writes the drafts as one group: when it returns nil all of them are durable, otherwise none of
	// them is in the journal as this process sees it. An empty group writes nothing.
	//
	// ErrLimit and ErrFull leave the journal as it was; the caller may go on. Any other error is final: the
	// journal has failed, and every later Append and Snapshot returns the same error. Whether the group
	// survived is then known only after the journal has been closed and opened again.
	Append(at []Draft) ([]Entry, error)

	// Snapshot keeps state as the fold of the entries up to seq, and links its hash into the chain. seq must
	// lie past the last snapshot and not past the head. Errors are those of Append.
	Snapshot(seq uint64, state []byte) error
}
