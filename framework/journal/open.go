package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Options for Open. Nil is the default.
type Options struct {
	// Store names the store that the journal belongs to; it is kept in the file and hashed into the chain.
	// When the journal exists already under another name, Open returns ErrForeign. Empty accepts any.
	Store string

	// ID is given to a journal that is created now. The zero ID stands for a random one.
	ID ID

	// CheckpointAfter is how many bytes, about, are written to the write-ahead log before it is copied home; zero
	// is the default of 4 MiB. A small one wears the disk and brings every state of the file about in little time.
	CheckpointAfter int
}

// Open opens the journal at path for writing, and creates it if it does not exist; the folder must. It takes
// a lock beside it (path.lock), which ends with the process.
//
// Errors: *InUseError if another process writes to it, ErrNewer, ErrForeign, *DamageError if the file is not
// a journal or its end does not bear what would be appended.
func Open(path string, opts *Options) (Journal, error) {
	if opts == nil {
		opts = &Options{}
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	release, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	l, err := openWriter(path, *opts)
	if err != nil {
		return nil, errors.Join(err, release())
	}
	l.release = release
	return l, nil
}

// Free says whether the journal at path could be opened for writing as far as other processes go: an *InUseError
// where one writes to it. It creates nothing.
func Free(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path + lockSuffix); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	release, err := lockFile(path)
	if err != nil {
		return err
	}
	return release()
}

func openWriter(path string, opts Options) (*log, error) {
	l := newLog(path, ID{}, "", nil)
	if len(opts.Store) > MaxStoreName {
		return nil, l.errorf(ErrLimit, "store name has %d bytes, at most %d are allowed", len(opts.Store), MaxStoreName)
	}
	if opts.ID == (ID{}) {
		rand.Read(opts.ID[:]) // never fails: crypto/rand
	}
	db, err := openSQLite(path, &opts)
	if err != nil {
		return nil, err
	}
	l.b, l.id, l.store = db, db.id, db.store
	if opts.Store != "" && opts.Store != l.store {
		return nil, errors.Join(l.errorf(ErrForeign, "belongs to store %q, not to %q", l.store, opts.Store), db.close())
	}
	if l.head, err = l.checkEnd(context.Background()); err != nil {
		return nil, errors.Join(l.readFailed(err), db.close())
	}
	ms, err := db.lastMarks(l.head.Marks, 1)
	if err != nil {
		return nil, errors.Join(l.readFailed(err), db.close())
	}
	if len(ms) > 0 {
		l.lastSnap = ms[0].Seq
	}
	return l, nil
}

// OpenReadOnly opens an existing journal beside its writer, or without one. A journal whose chain is broken
// opens too, so that Verify can say where. Entries and snapshots are never changed by it; SQLite needs to write
// its own -wal and -shm files beside the journal, so the folder must be writable. Wait looks for news of the writer 20 times a second.
func OpenReadOnly(path string) (Reader, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(path, nil)
	if err != nil {
		return nil, err
	}
	l := newLog(path, db.id, db.store, db)
	l.readOnly = true
	if l.head, err = db.tail(); err != nil {
		return nil, errors.Join(l.readFailed(err), db.close())
	}
	return l, nil
}
