package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks the file as ours in the SQLite header ("AISL"); user_version holds the Format.
const applicationID = 0x4149534c

// readers is how many reads run at once beside the writer.
const readers = 4

// busyMillis is how long SQLite waits for a lock that a foreign tool holds on the file.
const busyMillis = 5000

// schema is the whole layout. Rows of entry and mark are never changed; head is one row that moves on.
// A mark row stays for good, its state only while it is one of the newest.
var schema = []string{
	`CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL, store TEXT NOT NULL) STRICT`,
	`CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, marks INTEGER NOT NULL, hash BLOB NOT NULL) STRICT`,
	`CREATE TABLE entry (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL, hash BLOB NOT NULL) STRICT`,
	`CREATE TABLE mark (n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, after INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL, hash BLOB NOT NULL) STRICT`,
	`CREATE INDEX mark_after ON mark (after)`,
	`CREATE TABLE state (n INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT`,
}

// sqliteDB is the backend in SQLite: one connection that writes, a few that read beside it.
type sqliteDB struct {
	path   string
	id     ID
	store  string
	writer *writer // nil if read-only
	reads  *sql.DB
	get    statements
	acked  acked
}

// openSQLite opens the file. With create it is opened for writing, and laid out if it is new.
func openSQLite(path string, create *Options) (_ *sqliteDB, err error) {
	b := &sqliteDB{path: path}
	defer func() {
		if err != nil {
			err = errors.Join(b.wrap("open", err), b.close())
		}
	}()
	if create != nil {
		if b.writer, err = openWriterConn(path, *create); err != nil {
			return nil, err
		}
	} else if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	if b.reads, err = sql.Open("sqlite", dsn(path, "ro")); err != nil {
		return nil, err
	}
	b.reads.SetMaxOpenConns(readers)
	b.reads.SetMaxIdleConns(readers)
	if err := checkLayout(b.reads); err != nil {
		return nil, err
	}
	var id []byte
	if err := b.reads.QueryRow(`SELECT id, store FROM meta`).Scan(&id, &b.store); err != nil {
		return nil, &DamageError{Reason: "its identity cannot be read", Err: err}
	}
	if len(id) != len(b.id) {
		return nil, &DamageError{Reason: "its identity has a wrong length"}
	}
	copy(b.id[:], id)
	b.acked = acked{path: path + ackedSuffix, id: b.id}
	return b, b.get.prepare(b.reads)
}

// dsn names the file as SQLite's URI, whatever characters its path has.
func dsn(path, mode string) string {
	u := url.URL{Scheme: "file", Path: path}
	u.RawQuery = url.Values{"mode": {mode}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyMillis)}}.Encode()
	return u.String()
}

// querier is the part of *sql.DB and *sql.Conn that checkLayout needs.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// header reads what the file says it is.
func header(q querier) (app, format, objects int64, err error) {
	ctx := context.Background()
	err = q.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`).Scan(&app, &format, &objects)
	return app, format, objects, err
}

// checkLayout refuses a file that is not a journal of this format, down to the last object in it: a trigger
// could change rows behind our back.
func checkLayout(q querier) error {
	app, format, objects, err := header(q)
	switch {
	case err != nil:
		return err
	case app != applicationID:
		return &DamageError{Reason: "the file is not a journal"}
	case format > Format:
		return &coded{code: ErrNewer, msg: fmt.Sprintf("has format %d, this program knows up to %d: use a newer program", format, Format)}
	case format != Format:
		return &DamageError{Reason: fmt.Sprintf("it has format %d, which never was", format)}
	case objects != int64(len(schema)):
		return &DamageError{Reason: fmt.Sprintf("its schema has %d objects instead of %d", objects, len(schema))}
	}
	rows, err := q.QueryContext(context.Background(), `SELECT sql FROM sqlite_schema ORDER BY rowid`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for i := 0; rows.Next(); i++ {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if text.String != schema[i] {
			return &DamageError{Reason: fmt.Sprintf("its schema was changed: %q", text.String)}
		}
	}
	return rows.Err()
}

// wrap says which file an error of SQLite is about, and gives it one of our codes.
func (b *sqliteDB) wrap(deed string, err error) error {
	var damage *DamageError
	var word *coded
	var s *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &damage):
		damage.Path = b.path
		return damage
	case errors.As(err, &word):
		return &coded{code: word.code, msg: fmt.Sprintf("journal %s %s", b.path, word.msg)}
	case errors.As(err, &s):
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return &DamageError{Path: b.path, Reason: "SQLite cannot make sense of the file", Err: err}
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return fmt.Errorf("%s journal %s: %w", deed, b.path, err)
}

func (b *sqliteDB) close() error {
	var errs []error
	if b.writer != nil && b.writer.stopped {
		// The last connection to close syncs the log and brings it home into the file. After a sync that failed, one
		// that succeeds proves nothing: it is the readers that close last, and they can't write.
		errs = append(errs, b.writer.close())
		b.writer = nil
	}
	errs = append(errs, b.acked.close(), b.get.close())
	if b.reads != nil {
		errs = append(errs, b.reads.Close())
	}
	if b.writer != nil { // last: the last connection to close brings the log home into the file
		errs = append(errs, b.writer.close())
	}
	return errors.Join(errs...)
}

// check runs SQLite's own check of its pages and indexes.
func (b *sqliteDB) check(ctx context.Context) error {
	var found string
	if err := b.reads.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return b.wrap("check", err)
	}
	if found != "ok" {
		return &DamageError{Path: b.path, Reason: "SQLite finds: " + found}
	}
	return nil
}
