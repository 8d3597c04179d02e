package simulate

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// stream returns the dice of one concern: no other concern's draws shift them.
func stream(seed uint64, concern string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(concern))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// timeline is virtual time: deeds in the order of their time, and of one time in
// the order in which they were planned.
type timeline struct {
	now  time.Duration
	seq  uint64
	heap []deed
}

type deed struct {
	at  time.Duration
	seq uint64
	do  func()
}

func (d *deed) before(o *deed) bool { return d.at < o.at || d.at == o.at && d.seq < o.seq }

// after plans a deed.
func (t *timeline) after(d time.Duration, do func()) { t.at(t.now+max(0, d), do) }

// at plans a deed for a time; one that has passed is now.
func (t *timeline) at(at time.Duration, do func()) {
	t.seq++
	t.heap = append(t.heap, deed{at: max(at, t.now), seq: t.seq, do: do})
	for i := len(t.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !t.heap[i].before(&t.heap[up]) {
			break
		}
		t.heap[i], t.heap[up] = t.heap[up], t.heap[i]
		i = up
	}
}

// next does the next deed; false where there is none until the limit.
func (t *timeline) next(limit time.Duration) bool {
	if len(t.heap) == 0 || t.heap[0].at > limit {
		return false
	}
	d := t.heap[0]
	last := len(t.heap) - 1
	t.heap[0] = t.heap[last]
	t.heap[last] = deed{}
	t.heap = t.heap[:last]
	for i := 0; ; {
		least := i
		for _, c := range [2]int{2*i + 1, 2*i + 2} {
			if c < last && t.heap[c].before(&t.heap[least]) {
				least = c
			}
		}
		if least == i {
			break
		}
		t.heap[i], t.heap[least] = t.heap[least], t.heap[i]
		i = least
	}
	t.now = d.at
	d.do()
	return true
}

// between draws a duration.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// chance draws an event of a probability in parts per million.
func chance(r *rand.Rand, ppm int) bool { return ppm > 0 && r.IntN(1_000_000) < ppm }

// trace is a hash of all that happened, in order (FNV-1a).
type trace uint64

const (
	fnvOffset trace = 14695981039346656037
	fnvPrime  trace = 1099511628211
)

func (t *trace) number(n uint64) {
	h := *t
	for range 8 {
		h = (h ^ trace(n&0xff)) * fnvPrime
		n >>= 8
	}
	*t = h
}

func (t *trace) text(s string) {
	h := *t
	for i := range len(s) {
		h = (h ^ trace(s[i])) * fnvPrime
	}
	*t = (h ^ 0xff) * fnvPrime
}
