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
	q.grow()
	q.n++
	return q.at(q.n - 1)
}

// unshift adds a row that is zero before the oldest.
func (q *queue) unshift() *kept {
	q.grow()
	q.n++
	q.head = (q.head - 1) & (len(q.ring) - 1)
	return q.at(0)
}

func (q *queue) grow() {
	if q.n < len(q.ring) {
		return
	}
	ring := make([]kept, max(firstRows, 2*len(q.ring)))
	copy(ring[copy(ring, q.ring[q.head:]):], q.ring[:q.head])
	q.ring, q.head = ring, 0
}

// oldest gives the oldest rows where they lie, in two parts.
func (q *queue) oldest(n int) (early, late []kept) {
	if to := q.head + n; to > len(q.ring) {
		return q.ring[q.head:], q.ring[:to-len(q.ring)]
	}
	return q.ring[q.head : q.head+n], nil
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
