package journal

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// statements are the reads that are prepared once.
type statements struct {
	entries, marks, tail *sql.Stmt
}

func (s *statements) prepare(db *sql.DB) (err error) {
	if s.entries, err = db.Prepare(`SELECT seq, at, body, hash FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?`); err != nil {
		return err
	}
	if s.marks, err = db.Prepare(`SELECT n, seq, after, size, digest, hash FROM mark WHERE after BETWEEN ? AND ? ORDER BY n`); err != nil {
		return err
	}
	s.tail, err = db.Prepare(`SELECT seq, marks, hash FROM head`)
	return err
}

func (s *statements) close() error {
	var errs []error
	for _, st := range []*sql.Stmt{s.entries, s.marks, s.tail} {
		if st != nil {
			errs = append(errs, st.Close())
		}
	}
	return errors.Join(errs...)
}

func (b *sqliteDB) entries(from uint64, limit, maxBytes int) ([]Entry, error) {
	rows, err := b.get.entries.Query(int64(from), limit)
	if err != nil {
		return nil, b.wrap("read", err)
	}
	defer rows.Close()
	out := make([]Entry, 0, min(limit, 64))
	for size := 0; size < maxBytes && rows.Next(); {
		var seq, at int64
		var body, hash []byte
		if err := rows.Scan(&seq, &at, &body, &hash); err != nil {
			return nil, b.wrap("read", err)
		}
		e := Entry{Seq: uint64(seq), At: time.Unix(0, at).UTC(), Body: body}
		if copy(e.Hash[:], hash) != len(hash) || len(hash) != len(e.Hash) {
			return nil, &DamageError{Path: b.path, Seq: e.Seq, Reason: "its hash has a wrong length"}
		}
		size += len(body)
		out = append(out, e)
	}
	return out, b.wrap("read", rows.Err())
}

func (b *sqliteDB) marks(from, to uint64) ([]mark, error) {
	rows, err := b.get.marks.Query(int64(from), int64(to))
	if err != nil {
		return nil, b.wrap("read", err)
	}
	return b.scanMarks(rows)
}

func (b *sqliteDB) lastMarks(upTo uint64, n int) ([]mark, error) {
	rows, err := b.reads.Query(`SELECT n, seq, after, size, digest, hash FROM mark WHERE n <= ? ORDER BY n DESC LIMIT ?`, int64(upTo), n)
	if err != nil {
		return nil, b.wrap("read", err)
	}
	return b.scanMarks(rows)
}

func (b *sqliteDB) scanMarks(rows *sql.Rows) ([]mark, error) {
	defer rows.Close()
	var out []mark
	for rows.Next() {
		var n, seq, after, size int64
		var digest, hash []byte
		if err := rows.Scan(&n, &seq, &after, &size, &digest, &hash); err != nil {
			return nil, b.wrap("read", err)
		}
		m := mark{N: uint64(n), Seq: uint64(seq), After: uint64(after), Size: uint64(size)}
		if len(digest) != len(m.Digest) || len(hash) != len(m.Hash) {
			return nil, &DamageError{Path: b.path, Seq: m.Seq, Reason: "a hash of the snapshot has a wrong length"}
		}
		copy(m.Digest[:], digest)
		copy(m.Hash[:], hash)
		out = append(out, m)
	}
	return out, b.wrap("read", rows.Err())
}

func (b *sqliteDB) state(n uint64) ([]byte, bool, error) {
	var packed []byte
	err := b.reads.QueryRow(`SELECT packed FROM state WHERE n = ?`, int64(n)).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return packed, err == nil, b.wrap("read", err)
}

func (b *sqliteDB) tail() (tail, error) {
	return b.scanTail(b.get.tail.QueryRow())
}

func (b *sqliteDB) scanTail(row *sql.Row, more ...any) (tail, error) {
	var seq, marks int64
	var hash []byte
	err := row.Scan(append([]any{&seq, &marks, &hash}, more...)...)
	if errors.Is(err, sql.ErrNoRows) {
		return tail{}, &DamageError{Path: b.path, Reason: "its head is missing"}
	}
	if err != nil {
		return tail{}, b.wrap("read", err)
	}
	t := tail{Seq: uint64(seq), Marks: uint64(marks)}
	if len(hash) != len(t.Hash) || seq < 0 || marks < 0 {
		return tail{}, &DamageError{Path: b.path, Reason: "its head cannot be read"}
	}
	copy(t.Hash[:], hash)
	return t, nil
}

func (b *sqliteDB) noted() (tail, bool) { return b.acked.last() }

func (b *sqliteDB) held(noted, t tail) error { return b.wrap("read", b.acked.held(noted, t)) }

// extent is one statement, so it sees one moment.
func (b *sqliteDB) extent(ctx context.Context) (extent, error) {
	var x extent
	var err error
	x.tail, err = b.scanTail(b.reads.QueryRowContext(ctx, `SELECT seq, marks, hash,
		coalesce((SELECT min(seq) FROM entry), 0), coalesce((SELECT max(seq) FROM entry), 0),
		coalesce((SELECT min(n) FROM mark), 0), coalesce((SELECT max(n) FROM mark), 0),
		(SELECT count(*) FROM state) FROM head`),
		&x.firstSeq, &x.lastSeq, &x.firstMark, &x.endMark, &x.states)
	return x, err
}
