package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// chunk is how many rows one INSERT carries; what remains goes in one by one. More per statement gains
// nothing measurable.
const chunk = 32

// checkpointAfter is how many bytes are written to the write-ahead log before it is copied home.
const checkpointAfter = 4 << 20

// frame is what a page costs in the write-ahead log.
const frame = 4096 + 24

// writer is the one connection that writes. Its methods are called by one goroutine at a time.
type writer struct {
	db      *sql.DB
	conn    *sql.Conn
	begin   *sql.Stmt
	commit  *sql.Stmt
	insert  *sql.Stmt // one entry
	inserts *sql.Stmt // chunk entries
	head    *sql.Stmt
	logged  int   // bytes in the write-ahead log since the last checkpoint, about
	most    int   // of logged: then it is copied home
	broken  error // of a checkpoint: the next write reports it
	stopped bool  // a write failed for good: nothing is synced any more, close included
	args    []any
}

func openWriterConn(path string, opts Options) (_ *writer, err error) {
	w := &writer{args: make([]any, 0, 4*chunk), most: cmp.Or(opts.CheckpointAfter, checkpointAfter)}
	if w.db, err = sql.Open("sqlite", dsn(path, "rwc")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	w.db.SetMaxOpenConns(1)
	ctx := context.Background()
	if w.conn, err = w.db.Conn(ctx); err != nil {
		return nil, err
	}
	app, _, objects, err := header(w.conn)
	if err != nil {
		return nil, err
	}
	fresh := app == 0 && objects == 0
	if !fresh { // before anything of the file is touched
		if err := checkLayout(w.conn); err != nil {
			return nil, err
		}
	}
	if fresh {
		if err := unborn(path); err != nil {
			return nil, err
		}
	}
	if err := w.setUp(ctx); err != nil {
		return nil, err
	}
	if fresh {
		if err := w.layOut(ctx, opts); err != nil {
			return nil, err
		}
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return w, w.prepare(ctx)
}

// syncDir makes the names in a folder durable. SQLite does so too when it first syncs a new log, and swallows the error:
// a log whose name is lost is lost with all that was acknowledged in it.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// setUp makes the connection durable. Checkpoints are ours, because SQLite's automatic ones swallow a failed
// sync.
func (w *writer) setUp(ctx context.Context) error {
	var mode string
	if err := w.conn.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("SQLite keeps journal mode %q here, WAL is needed", mode)
	}
	for _, p := range []string{`synchronous = FULL`, `wal_autocheckpoint = 0`, `journal_size_limit = 67108864`, `trusted_schema = OFF`} {
		if _, err := w.conn.ExecContext(ctx, `PRAGMA `+p); err != nil {
			return err
		}
	}
	return nil
}

// layOut creates the tables in one transaction: a file has all of them or none.
func (w *writer) layOut(ctx context.Context, opts Options) error {
	tx, err := w.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, s := range schema {
		if _, err := tx.Exec(s); err != nil {
			return err
		}
	}
	start := genesis(opts.ID, opts.Store)
	if _, err := tx.Exec(`INSERT INTO meta VALUES (1, ?, ?)`, opts.ID[:], opts.Store); err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO head VALUES (1, 0, 0, ?)`, start[:]); err != nil {
		return err
	}
	if _, err := tx.Exec(fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, Format)); err != nil {
		return err
	}
	return tx.Commit()
}

func (w *writer) prepare(ctx context.Context) error {
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.begin, `BEGIN IMMEDIATE`},
		{&w.commit, `COMMIT`},
		{&w.insert, `INSERT INTO entry VALUES (?, ?, ?, ?)`},
		{&w.inserts, `INSERT INTO entry VALUES (?, ?, ?, ?)` + strings.Repeat(`, (?, ?, ?, ?)`, chunk-1)},
		{&w.head, `UPDATE head SET seq = ?, marks = ?, hash = ?`},
	} {
		var err error
		if *p.to, err = w.conn.PrepareContext(ctx, p.sql); err != nil { //nolint:sqlclosecheck // close does, for all of them
			return err
		}
	}
	return nil
}

func (w *writer) close() error {
	var errs []error
	for _, s := range []*sql.Stmt{w.begin, w.commit, w.insert, w.inserts, w.head} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(append(errs, w.db.Close())...)
}

func (b *sqliteDB) append(es []Entry, t tail) error {
	size := 0
	err := b.writer.transact(t, func() error {
		for len(es) > 0 {
			n, stmt := 1, b.writer.insert
			if len(es) >= chunk {
				n, stmt = chunk, b.writer.inserts
			}
			args := b.writer.args[:0]
			for i := range es[:n] {
				e := &es[i]
				body := e.Body
				if body == nil {
					body = []byte{} // nil would be NULL
				}
				args = append(args, int64(e.Seq), e.At.UnixNano(), body, e.Hash[:])
				size += len(body) + 64
			}
			if _, err := stmt.Exec(args...); err != nil {
				return err
			}
			es = es[n:]
		}
		return nil
	})
	if err != nil {
		return b.wrap("append to", err)
	}
	b.acked.note(t)
	b.writer.checkpoint(size)
	return nil
}

func (b *sqliteDB) snapshot(m mark, packed []byte, t tail) error {
	ctx := context.Background()
	err := b.writer.transact(t, func() error {
		if _, err := b.writer.conn.ExecContext(ctx, `INSERT INTO mark VALUES (?, ?, ?, ?, ?, ?)`,
			int64(m.N), int64(m.Seq), int64(m.After), int64(m.Size), m.Digest[:], m.Hash[:]); err != nil {
			return err
		}
		if _, err := b.writer.conn.ExecContext(ctx, `INSERT INTO state VALUES (?, ?)`, int64(m.N), packed); err != nil {
			return err
		}
		_, err := b.writer.conn.ExecContext(ctx, `DELETE FROM state WHERE n <= ?`, int64(m.N)-KeptSnapshots)
		return err
	})
	if err != nil {
		return b.wrap("write a snapshot to", err)
	}
	b.acked.note(t)
	b.writer.checkpoint(len(packed))
	return nil
}

// transact runs rows and moves the head to t, in one transaction. A transaction that ran out of space, and
// was rolled back, is ErrFull to wrap; nothing else says that the next one may be tried.
func (w *writer) transact(t tail, rows func() error) error {
	if w.broken != nil {
		return w.broken
	}
	if _, err := w.begin.Exec(); err != nil {
		w.stopped = w.stopped || codeOf(err) != sqlite3.SQLITE_FULL
		return err
	}
	err := rows()
	if err == nil {
		_, err = w.head.Exec(int64(t.Seq), int64(t.Marks), t.Hash[:])
	}
	if err == nil {
		_, err = w.commit.Exec()
	}
	if err == nil {
		return nil
	}
	if rolled := w.rollback(); rolled != nil {
		w.stopped = true
		return fmt.Errorf("roll back after %w: %w", err, rolled)
	}
	w.stopped = w.stopped || codeOf(err) != sqlite3.SQLITE_FULL
	return err
}

// codeOf is SQLite's primary code of an error, 0 where it is none of SQLite's.
func codeOf(err error) int {
	var s *sqlite.Error
	if errors.As(err, &s) {
		return s.Code() & 0xff
	}
	return 0
}

// rollback ends a failed transaction, if SQLite has not done so by itself. The error does not carry
// SQLite's code on: a transaction that cannot be rolled back is never merely out of space.
func (w *writer) rollback() error {
	_, err := w.conn.ExecContext(context.Background(), `ROLLBACK`)
	if err == nil || strings.Contains(err.Error(), "no transaction is active") {
		return nil
	}
	return errors.New(err.Error())
}

// checkpoint copies the write-ahead log home when enough is in it. It never waits for readers. What was
// committed is durable in the log, so a failure is not that write's: it stops the next.
func (w *writer) checkpoint(written int) {
	w.logged += written + 2*frame
	if w.logged < w.most {
		return
	}
	w.logged = 0
	var busy, inLog, copied int
	err := w.conn.QueryRowContext(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &inLog, &copied)
	switch codeOf(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED: // nothing lost, later is as good
		return
	}
	if err != nil {
		w.broken, w.stopped = fmt.Errorf("checkpoint: %w", err), true
	}
}
