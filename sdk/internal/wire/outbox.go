package wire

import (
	"runtime"
	"sync"
)

// An Outbox sends what is put into it at once, and together what is put in while
// it sends (natural batching). Whoever puts something in while nobody sends does
// the sending, so that a lone message passes no other goroutine.
type Outbox struct {
	// Send sends one message. It is called by one goroutine at a time.
	Send func(Bytes) error
	// Sent, where set, is told how many parts of a message have been sent, or
	// dropped after an error.
	Sent func(parts int)

	mu      sync.Mutex
	queue   []byte
	ends    []int // where each part of the queue ends
	spare   []byte
	sending bool
	failed  error
}

// Put appends one part with f and sees that it is sent. Crowded says that others
// are likely to put something in at once: it is worth a moment's wait. The error
// is that of an earlier sending: the part was not taken.
func (o *Outbox) Put(crowded bool, f func(b []byte) []byte) error {
	o.mu.Lock()
	if o.failed != nil {
		defer o.mu.Unlock()
		return o.failed
	}
	o.queue = f(o.queue)
	o.ends = append(o.ends, len(o.queue))
	if o.sending {
		o.mu.Unlock()
		return nil
	}
	o.sending = true
	if crowded {
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
	}
	for len(o.ends) > 0 && o.failed == nil {
		o.sendSome()
	}
	o.sending = false
	o.mu.Unlock()
	return nil
}

// sendSome sends as much of the queue as a message takes. The lock is held, and
// let go while it sends.
func (o *Outbox) sendSome() {
	parts, size := 0, 0
	for parts < len(o.ends) && (parts == 0 || o.ends[parts] <= fullCommandMessage) {
		size = o.ends[parts]
		parts++
	}
	message := append(o.spare[:0], o.queue[:size]...)
	o.queue = o.queue[:copy(o.queue, o.queue[size:])]
	left := copy(o.ends, o.ends[parts:])
	o.ends = o.ends[:left]
	for i := range o.ends {
		o.ends[i] -= size
	}
	o.mu.Unlock()
	err := o.Send(message)
	if o.Sent != nil {
		o.Sent(parts)
	}
	o.mu.Lock()
	o.spare = message
	if err != nil && o.failed == nil {
		o.failed = err
		o.queue, o.ends = nil, nil
	}
}
