package journal

import (
	"bytes"
	"context"
	"sort"
	"sync"
)

// Memory returns an empty journal that is lost with the process. Its ID is zero, so that the same entries
// always make the same chain.
func Memory() Journal {
	l := newLog("", ID{}, "", &memory{stored: tail{Hash: genesis(ID{}, "")}, states: map[uint64][]byte{}})
	l.head.Hash = genesis(ID{}, "")
	return l
}

// memory is the backend in memory.
type memory struct {
	mu     sync.RWMutex
	list   []Entry
	links  []mark
	states map[uint64][]byte
	stored tail
}

func (b *memory) append(es []Entry, t tail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range es {
		e.Body = bytes.Clone(e.Body)
		b.list = append(b.list, e)
	}
	b.stored = t
	return nil
}

func (b *memory) snapshot(m mark, packed []byte, t tail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.links = append(b.links, m)
	b.states[m.N] = packed
	if m.N > KeptSnapshots {
		delete(b.states, m.N-KeptSnapshots)
	}
	b.stored = t
	return nil
}

func (b *memory) tail() (tail, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.stored, nil
}

func (b *memory) noted() (tail, bool) { return tail{}, false }

func (b *memory) held(tail, tail) error { return nil }

func (b *memory) extent(context.Context) (extent, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	x := extent{tail: b.stored, states: int64(len(b.states))}
	if n := len(b.list); n > 0 {
		x.firstSeq, x.lastSeq = int64(b.list[0].Seq), int64(b.list[n-1].Seq)
	}
	if n := len(b.links); n > 0 {
		x.firstMark, x.endMark = int64(b.links[0].N), int64(b.links[n-1].N)
	}
	return x, nil
}

func (b *memory) entries(from uint64, limit, maxBytes int) ([]Entry, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i := sort.Search(len(b.list), func(i int) bool { return b.list[i].Seq >= from })
	var out []Entry
	for size := 0; i < len(b.list) && len(out) < limit && size < maxBytes; i++ {
		e := b.list[i]
		e.Body = append([]byte{}, e.Body...)
		size += len(e.Body)
		out = append(out, e)
	}
	return out, nil
}

func (b *memory) marks(from, to uint64) ([]mark, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i := sort.Search(len(b.links), func(i int) bool { return b.links[i].After >= from })
	var out []mark
	for ; i < len(b.links) && b.links[i].After <= to; i++ {
		out = append(out, b.links[i])
	}
	return out, nil
}

func (b *memory) lastMarks(upTo uint64, n int) ([]mark, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []mark
	for i := len(b.links) - 1; i >= 0 && len(out) < n; i-- {
		if b.links[i].N <= upTo {
			out = append(out, b.links[i])
		}
	}
	return out, nil
}

func (b *memory) state(n uint64) ([]byte, bool, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	packed, ok := b.states[n]
	return packed, ok, nil
}

func (b *memory) check(context.Context) error { return nil }
func (b *memory) close() error                { return nil }
