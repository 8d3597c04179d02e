package server

// queue is a ring of rows. What is not in use is zero. The zero queue is empty.
type queue struct {
	ring []kept // as long as a power of two
	head int
	n    int
}

// firstRows is how many rows the first ring has.
const firstRows = 16

// at is row i from the oldest.
func (q *queue) at(i int) *kept { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

// push adds a row that is zero.
func (q *queue) push() *kept {
	if q.n == len(q.ring) {
		ring := make([]kept, max(firstRows, 2*len(q.ring)))
		copy(ring[copy(ring, q.ring[q.head:]):], q.ring[:q.head])
		q.ring, q.head = ring, 0
	}
	q.n++
	return q.at(q.n - 1)
}

// drop lets the oldest rows go.
func (q *queue) drop(n int) {
	to := q.head + n
	clear(q.ring[q.head:min(to, len(q.ring))])
	if to > len(q.ring) {
		clear(q.ring[:to-len(q.ring)])
	}
	q.n -= n
	if q.head = 0; q.n > 0 {
		q.head = to & (len(q.ring) - 1)
	}
}
