package journal

import "context"

// A backend stores links. It decides nothing: limits, hashes, failure and waiting are the log's, so that the
// journal in memory and the one in SQLite cannot differ in them.
//
// append and snapshot are called by one goroutine at a time, the others by any.
type backend interface {
	// append stores the entries and the new tail in one durable transaction.
	append(es []Entry, t tail) error

	// snapshot stores the mark, its packed state and the new tail in one durable transaction, and drops the
	// states of all but the newest KeptSnapshots.
	snapshot(m mark, packed []byte, t tail) error

	// tail reads the stored tail.
	tail() (tail, error)

	// noted is the tail that was last acknowledged, by word of something that is not in the rows; ok is false where
	// there is no such word. held says that a tail that was read after it lacks something of it.
	noted() (_ tail, ok bool)
	held(noted, t tail) error

	// extent reads the tail and the outermost rows at one moment.
	extent(ctx context.Context) (extent, error)

	// entries reads stored entries with seq >= from in order, at most limit, and stops after maxBytes.
	entries(from uint64, limit, maxBytes int) ([]Entry, error)

	// marks reads the marks with from <= After <= to, ordered by N.
	marks(from, to uint64) ([]mark, error)

	// lastMarks reads at most n marks with N <= upTo, newest first.
	lastMarks(upTo uint64, n int) ([]mark, error)

	// state reads the packed state of mark n; ok is false if there is none.
	state(n uint64) (packed []byte, ok bool, err error)

	// check looks for damage below the rows.
	check(ctx context.Context) error

	close() error
}

// extent is how far the rows reach. All are 0 in an empty journal.
type extent struct {
	tail               tail
	firstSeq, lastSeq  int64
	firstMark, endMark int64
	states             int64
}
