package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"
)

// Domain tags keep the three kinds of link apart: no body can be read as a snapshot. Each ends in a zero
// byte and carries the format, so a hash of one format is never valid in another.
const (
	tagGenesis  = "aisle journal 1 genesis\x00"
	tagEntry    = "aisle journal 1 entry\x00"
	tagSnapshot = "aisle journal 1 snapshot\x00"
)

// keptRoom is how many bytes are kept room for between two entries.
const keptRoom = 64 << 10

// A mark is a snapshot's link in the chain. It stays when the state itself is dropped.
type mark struct {
	N      uint64   // 1 for the first, without gap
	Seq    uint64   // last entry that the state folds
	After  uint64   // last entry in the chain when the snapshot was taken; the link lies right behind it
	Size   uint64   // bytes of the state
	Digest [32]byte // SHA-256 of the state
	Hash   [32]byte
}

// A tail is the end of a chain: what the next link builds on.
type tail struct {
	Seq   uint64
	Marks uint64
	Hash  [32]byte
}

// genesis is the hash before the first link. It binds the chain to its journal and store.
func genesis(id ID, store string) [32]byte {
	h := sha256.New()
	h.Write([]byte(tagGenesis))
	h.Write(id[:])
	putUint(h, uint64(len(store)))
	h.Write([]byte(store))
	return sum(h)
}

// linker hashes one entry after the other. A zero one is ready.
type linker struct{ room []byte }

func (l *linker) entry(prev [32]byte, seq uint64, at int64, body []byte) [32]byte {
	b := append(append(l.room[:0], tagEntry...), prev[:]...)
	b = binary.BigEndian.AppendUint64(b, seq)
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = binary.BigEndian.AppendUint64(b, uint64(len(body)))
	b = append(b, body...)
	if l.room = b; cap(b) > keptRoom {
		l.room = nil
	}
	return sha256.Sum256(b)
}

func markHash(h hash.Hash, prev [32]byte, m mark) [32]byte {
	h.Reset()
	h.Write([]byte(tagSnapshot))
	h.Write(prev[:])
	putUint(h, m.N)
	putUint(h, m.Seq)
	putUint(h, m.After)
	putUint(h, m.Size)
	h.Write(m.Digest[:])
	return sum(h)
}

func putUint(h hash.Hash, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	h.Write(b[:])
}

func sum(h hash.Hash) (out [32]byte) {
	h.Sum(out[:0])
	return out
}

// nanos gives at as the journal keeps it, and whether it can be kept.
func nanos(at time.Time) (int64, bool) {
	n := at.UnixNano()
	return n, time.Unix(0, n).Equal(at)
}
