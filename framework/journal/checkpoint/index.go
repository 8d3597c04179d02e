package checkpoint

import (
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Keys are hashes, in no order. In one tree by key each would go to a page of its
// own, and every page be written again by every Save. So each Save writes its keys
// as a run, sorted, and as soon as runsAtOnce are of a level they are merged into one
// of the next; runs of the last level stay. A look-up goes through the runs, newest
// first.
const (
	runsAtOnce = 8
	lastLevel  = 2
	// perPage is how many values share a row, perChunk how many keys of a run.
	perPage  = 16
	perChunk = 1024
	// entryBytes are the hash and the place of one key.
	entryBytes = 16
)

// errValue says what to do about what can't be read.
var errValue = fmt.Errorf("%w: delete the checkpoints and start again", ErrDamaged)

// entry says where what is kept under a key is: page times perPage, and which of it.
type entry struct {
	hash  uint64
	place uint64
}

// newer sorts by hash, what was kept last first.
func newer(a, b entry) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(b.place, a.place)) }

// index is where a reader's keys are. A zero one was not read yet.
type index struct {
	read bool
	last int64 // run
	runs []run // newest first
}

type run struct {
	number int64
	level  int
	chunks []chunk // by their first key
}

type chunk struct {
	row   int64
	first uint64
}

// indexed gives the reader's index, which is the caller's until it calls unlock.
func (r *Reader) indexed() (_ *index, unlock func(), err error) {
	r.file.mu.Lock()
	defer func() {
		if err != nil {
			r.file.mu.Unlock()
		}
	}()
	x := r.file.index[r.name]
	if x == nil {
		x = &index{}
		r.file.index[r.name] = x
	}
	if !x.read {
		if err := r.readIndex(x); err != nil {
			return nil, nil, err
		}
	}
	return x, r.file.mu.Unlock, nil
}

func (r *Reader) readIndex(x *index) error {
	rows, err := r.file.db.Query(`SELECT n, run, level, first FROM chunk WHERE reader = ? ORDER BY run DESC, n`, r.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	*x = index{read: true}
	for rows.Next() {
		var n, number, level, first int64
		if err := rows.Scan(&n, &number, &level, &first); err != nil {
			x.read = false
			return err
		}
		if len(x.runs) == 0 || x.runs[len(x.runs)-1].number != number {
			x.runs = append(x.runs, run{number: number, level: int(level)})
		}
		u := &x.runs[len(x.runs)-1]
		u.chunks = append(u.chunks, chunk{row: n, first: uint64(first)})
		x.last = max(x.last, number)
	}
	x.read = rows.Err() == nil
	return rows.Err()
}

// hashed is the hash by which a key is found.
func hashed(key string) uint64 {
	h := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(h[:])
}

// writePages writes values, and gives where each key's is.
func (r *Reader) writePages(tx *sql.Tx, values []Value) (entries []entry, err error) {
	if len(values) == 0 {
		return nil, nil
	}
	var last sql.NullInt64
	if err := tx.QueryRow(`SELECT max(n) FROM page`).Scan(&last); err != nil {
		return nil, err
	}
	put, err := tx.Prepare(`INSERT INTO page VALUES (?, ?, ?, ?)`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, put.Close()) }()
	var body []byte
	for n := last.Int64 + 1; len(values) > 0; n++ {
		page := values[:min(perPage, len(values))]
		values = values[len(page):]
		body = body[:0]
		for i, v := range page {
			body = binary.AppendUvarint(body, uint64(len(v.Keys)))
			for _, k := range v.Keys {
				body = append(binary.AppendUvarint(body, uint64(len(k))), k...)
				entries = append(entries, entry{hashed(k), uint64(n)*perPage + uint64(i)})
			}
			body = append(binary.AppendUvarint(body, uint64(len(v.Body))), v.Body...)
		}
		if _, err := put.Exec(n, r.name, body, summed(r.name, "page "+strconv.FormatInt(n, 10), body)); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// addRun writes a run of entries, and merges what are too many runs. It gives what
// the index is then.
func (r *Reader) addRun(tx *sql.Tx, x *index, entries []entry) (index, error) {
	next := index{read: true, last: x.last, runs: x.runs}
	for level := 0; len(entries) > 0; level++ {
		slices.SortFunc(entries, newer)
		next.last++
		u, err := r.writeRun(tx, next.last, level, entries)
		if err != nil {
			return next, err
		}
		next.runs = append([]run{u}, next.runs...)
		same := 0
		for same < len(next.runs) && next.runs[same].level == level {
			same++
		}
		if entries = nil; same < runsAtOnce || level == lastLevel {
			break
		}
		for _, u := range next.runs[:same] {
			of, err := r.takeRun(tx, u)
			if err != nil {
				return next, err
			}
			entries = append(entries, of...)
		}
		next.runs = next.runs[same:]
	}
	return next, nil
}

func (r *Reader) writeRun(tx *sql.Tx, number int64, level int, entries []entry) (run, error) {
	u := run{number: number, level: level}
	var body []byte
	for rest := range slices.Chunk(entries, perChunk) {
		body = body[:0]
		for _, e := range rest {
			body = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(body, e.hash), e.place)
		}
		done, err := tx.Exec(`INSERT INTO chunk VALUES (NULL, ?, ?, ?, ?, ?, ?)`, r.name, number, level, int64(rest[0].hash), body, summed(r.name, "chunk", body))
		if err != nil {
			return u, err
		}
		row, err := done.LastInsertId()
		if err != nil {
			return u, err
		}
		u.chunks = append(u.chunks, chunk{row: row, first: rest[0].hash})
	}
	return u, nil
}

// takeRun reads a run and removes it.
func (r *Reader) takeRun(tx *sql.Tx, u run) (all []entry, err error) {
	for _, c := range u.chunks {
		of, err := r.readChunk(tx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	_, err = tx.Exec(`DELETE FROM chunk WHERE reader = ? AND run = ?`, r.name, u.number)
	return all, err
}

type querier interface {
	QueryRow(query string, args ...any) *sql.Row
}

func (r *Reader) readChunk(q querier, c chunk) ([]entry, error) {
	var body, sum []byte
	err := q.QueryRow(`SELECT body, sum FROM chunk WHERE n = ?`, c.row).Scan(&body, &sum)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err != nil || string(sum) != string(summed(r.name, "chunk", body)) || len(body) == 0 || len(body)%entryBytes != 0 || binary.BigEndian.Uint64(body) != c.first {
		return nil, errValue
	}
	all := make([]entry, 0, len(body)/entryBytes)
	for b := range slices.Chunk(body, entryBytes) {
		all = append(all, entry{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])})
	}
	return all, nil
}

// find gives what was kept last under a key; nil for nothing.
func (r *Reader) find(key string) ([]byte, error) {
	x, unlock, err := r.indexed()
	if err != nil {
		return nil, err
	}
	defer unlock()
	h := hashed(key)
	for _, u := range x.runs {
		// Those of one hash may begin in the chunk before the one that begins with it.
		at, _ := slices.BinarySearchFunc(u.chunks, h, func(c chunk, h uint64) int { return cmp.Compare(c.first, h) })
		for at = max(0, at-1); at < len(u.chunks) && u.chunks[at].first <= h; at++ {
			entries, err := r.readChunk(r.file.db, u.chunks[at])
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if e.hash != h {
					continue
				}
				if body, err := r.value(e.place, key); body != nil || err != nil {
					return body, err
				}
			}
		}
	}
	return nil, nil
}

// value reads what is kept at a place; nil where it is kept under other keys.
func (r *Reader) value(place uint64, key string) ([]byte, error) {
	n := int64(place / perPage)
	var page, sum []byte
	err := r.file.db.QueryRow(`SELECT body, sum FROM page WHERE n = ? AND reader = ?`, n, r.name).Scan(&page, &sum)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	if err != nil || string(sum) != string(summed(r.name, "page "+strconv.FormatInt(n, 10), page)) {
		return nil, errValue
	}
	for skip := place % perPage; ; skip-- {
		keys, body, rest, ok := cutValue(page)
		if !ok {
			return nil, errValue
		}
		if page = rest; skip > 0 {
			continue
		}
		if !slices.Contains(keys, key) {
			return nil, nil
		}
		return body, nil
	}
}

// cutValue takes the first value off a page.
func cutValue(page []byte) (keys []string, body, rest []byte, ok bool) {
	n, w := binary.Uvarint(page)
	if w <= 0 || n > uint64(len(page)) {
		return nil, nil, nil, false
	}
	page = page[w:]
	for range n {
		k, rest, ok := cutBytes(page)
		if !ok {
			return nil, nil, nil, false
		}
		keys, page = append(keys, string(k)), rest
	}
	body, rest, ok = cutBytes(page)
	return keys, body, rest, ok
}

// cutBytes takes a text with its length before it off b. It is never nil where there is one.
func cutBytes(b []byte) (text, rest []byte, ok bool) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return nil, nil, false
	}
	return b[w : w+int(n) : w+int(n)], b[w+int(n):], true
}
