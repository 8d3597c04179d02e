// Package checkpoint keeps how far readers of a journal have come and what they
// made of it, in one SQLite file beside the journal, so that a store that goes on
// need not read all that ever happened.
//
// Everything in it follows from the journal. It may be deleted at any time: who
// finds no checkpoint, or one that is damaged or of another journal, reads the
// journal from its first record. It knows no bodies and no states; a reader's
// checkpoint is a text of bytes, and whatever grows with the journal is kept
// beside it as values by key, which are looked up one at a time. To keep one more
// costs the same however many there are (index.go).
//
// A checkpoint names a record of the journal by number and hash. What Save was
// given is durable, all of it or nothing, once it returns.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/openaisle/aisle/framework/journal"
	_ "modernc.org/sqlite" // the database
)

// format is that of the file: one of another is made anew.
const format = 2

// sumBytes is how much of a value's SHA-256 is kept with it.
const sumBytes = 8

// busyMillis is how long a reader beside the writer waits for a lock.
const busyMillis = 5000

// ErrDamaged says that what the file holds is not what was written.
var ErrDamaged = errors.New("the checkpoint is damaged")

// ErrNone says that there is no checkpoint.
var ErrNone = errors.New("there is no checkpoint")

// ErrForeign says that a checkpoint is of another journal, or of more of it than
// there is.
var ErrForeign = errors.New("the checkpoint is not of this journal")

// ErrFormat says that a file was laid out by another version.
var ErrFormat = errors.New("the checkpoints have another format")

// File is the checkpoints of one journal. Its methods may be called from any
// goroutine.
type File struct {
	db      *sql.DB
	journal journal.Reader

	mu    sync.Mutex
	index map[string]*index // by reader
}

// Open opens the file of a journal's checkpoints for writing, and makes it where
// there is none or none that can be used. Discarded says why one was thrown away;
// nil where none was.
func Open(path string, j journal.Reader) (f *File, discarded, err error) {
	f, err = open(path, j)
	if err == nil {
		return f, nil, nil
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if gone := os.Remove(path + suffix); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			return nil, nil, fmt.Errorf("remove checkpoints that can't be used (%w): %w", err, gone)
		}
	}
	discarded = err
	if f, err = open(path, j); err != nil {
		return nil, nil, fmt.Errorf("open checkpoints %s: %w", path, err)
	}
	return f, discarded, nil
}

func open(path string, j journal.Reader) (_ *File, err error) {
	if path, err = filepath.Abs(path); err != nil { // in a URI the first part of another would be a host
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: path}
	u.RawQuery = url.Values{"_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMillis), "journal_mode(WAL)", "synchronous(FULL)"}, "_txlock": {"immediate"}}.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db.SetMaxOpenConns(1)
	var version int
	if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil {
		return nil, err
	}
	switch version {
	case format:
	case 0:
		if err := layOut(db); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w: it has %d, this program knows %d", ErrFormat, version, format)
	}
	return &File{db: db, journal: j, index: map[string]*index{}}, nil
}

func layOut(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of one that is committed there is nothing left
	for _, s := range []string{
		`CREATE TABLE point (reader TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, body BLOB NOT NULL, sum BLOB NOT NULL) STRICT, WITHOUT ROWID`,
		`CREATE TABLE page (n INTEGER PRIMARY KEY, reader TEXT NOT NULL, body BLOB NOT NULL, sum BLOB NOT NULL) STRICT`,
		`CREATE TABLE chunk (n INTEGER PRIMARY KEY, reader TEXT NOT NULL, run INTEGER NOT NULL, level INTEGER NOT NULL, first INTEGER NOT NULL, body BLOB NOT NULL, sum BLOB NOT NULL) STRICT`,
		fmt.Sprintf(`PRAGMA user_version = %d`, format),
	} {
		if _, err := tx.Exec(s); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Close frees the file.
func (f *File) Close() error { return f.db.Close() }

// Reader is one reader's checkpoint and values.
type Reader struct {
	file *File
	name string
}

// Reader gives that of a name.
func (f *File) Reader(name string) *Reader { return &Reader{file: f, name: name} }

// Value is what is kept under each of its keys.
type Value struct {
	Keys []string
	Body []byte
}

// Load gives the checkpoint: the last record that it covers, and what was made of
// all up to there. The error is ErrNone, ErrDamaged or ErrForeign, or why the file
// can't be read; the reader then begins at the first record, and what is kept by
// key is of no use until it has come to the same place again.
func (r *Reader) Load() (seq uint64, body []byte, err error) {
	var hash, sum []byte
	var n int64
	err = r.file.db.QueryRow(`SELECT seq, hash, body, sum FROM point WHERE reader = ?`, r.name).Scan(&n, &hash, &body, &sum)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, nil, ErrNone
	case err != nil:
		return 0, nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case !bytes.Equal(sum, summed(r.name, fmt.Sprint(n), append(hash, body...))):
		return 0, nil, fmt.Errorf("%w: the checkpoint at record %d is not the one that was written", ErrDamaged, n)
	}
	is, err := r.hashOf(uint64(n))
	if err != nil {
		return 0, nil, err
	}
	if !bytes.Equal(is, hash) {
		return 0, nil, fmt.Errorf("%w: record %d is another there", ErrForeign, n)
	}
	return uint64(n), body, nil
}

// hashOf is the hash of a record.
func (r *Reader) hashOf(seq uint64) ([]byte, error) {
	es, err := r.file.journal.Read(seq, 1)
	if err != nil {
		return nil, err
	}
	if len(es) == 0 || es[0].Seq != seq {
		return nil, fmt.Errorf("%w: it ends before record %d", ErrForeign, seq)
	}
	return es[0].Hash[:], nil
}

// Save keeps a checkpoint that covers all up to a record, and values: what is
// there already under a key is not found any more.
func (r *Reader) Save(seq uint64, body []byte, values []Value) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep the checkpoint of %s at record %d: %w", r.name, seq, err)
		}
	}()
	hash, err := r.hashOf(seq)
	if err != nil {
		return err
	}
	x, unlock, err := r.indexed()
	if err != nil {
		return err
	}
	defer unlock()
	tx, err := r.file.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of one that is committed there is nothing left
	entries, err := r.writePages(tx, values)
	if err != nil {
		return err
	}
	next, err := r.addRun(tx, x, entries)
	if err != nil {
		return err
	}
	if body == nil {
		body = []byte{}
	}
	sum := summed(r.name, fmt.Sprint(seq), append(hash, body...))
	if _, err := tx.Exec(`INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?)`, r.name, int64(seq), hash, body, sum); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	*x = next
	return nil
}

// Get gives what was kept last under a key; nil for nothing.
func (r *Reader) Get(key string) ([]byte, error) {
	body, err := r.find(key)
	if err != nil {
		return nil, fmt.Errorf("look up %s of %s: %w", key, r.name, err)
	}
	return body, nil
}

// Forget drops a reader's checkpoint and values: it begins at the first record.
func (r *Reader) Forget() error {
	r.file.mu.Lock()
	defer r.file.mu.Unlock()
	delete(r.file.index, r.name)
	for _, s := range []string{`DELETE FROM point WHERE reader = ?`, `DELETE FROM page WHERE reader = ?`, `DELETE FROM chunk WHERE reader = ?`} {
		if _, err := r.file.db.Exec(s, r.name); err != nil {
			return fmt.Errorf("drop the checkpoint of %s: %w", r.name, err)
		}
	}
	return nil
}

// summed guards a body against being another's.
func summed(reader, key string, body []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s %d %s ", len(reader), reader, len(key), key)
	h.Write(body)
	return h.Sum(nil)[:sumBytes]
}
