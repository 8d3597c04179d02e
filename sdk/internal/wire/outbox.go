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
	// Ripe, where set, says how many of so many parts go in a message now; 0 where
	// they had better wait for more. Whoever set it sees to it that Push or Flush is
	// called where no more come.
	Ripe func(parts int) int

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
	defer o.mu.Unlock()
	err := o.add(f)
	switch {
	case err != nil || o.sending:
		return err
	case !crowded:
		o.sendAll(false)
	case o.Ripe == nil:
		o.sending = true
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
		o.sendAll(false)
	default:
		o.sendAll(true)
	}
	return nil
}

// Add appends one part, which is sent with the next or by Flush.
func (o *Outbox) Add(f func(b []byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.add(f)
}

// Flush sees that all is sent that is in it.
func (o *Outbox) Flush() { o.push(false) }

// Push does too, unless what is in it had better wait.
func (o *Outbox) Push() { o.push(true) }

func (o *Outbox) push(hold bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sending { // or who sends goes on until nothing is left
		o.sendAll(hold)
	}
}

// mostYields is how often Gather lets others go first at the most.
const mostYields = 8

// Gather runs f, by which others are roused who are likely to put something in,
// and sends what they did together, unless it had better wait.
func (o *Outbox) Gather(f func() error) error {
	o.mu.Lock()
	if o.sending {
		o.mu.Unlock()
		return f()
	}
	o.sending = true
	before := len(o.ends)
	o.mu.Unlock()
	err := f()
	o.mu.Lock()
	defer o.mu.Unlock()
	for range mostYields {
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
		if len(o.ends) == before {
			break
		}
		before = len(o.ends)
	}
	o.sendAll(true)
	return err
}

func (o *Outbox) add(f func(b []byte) []byte) error {
	if o.failed != nil {
		return o.failed
	}
	o.queue = f(o.queue)
	o.ends = append(o.ends, len(o.queue))
	return nil
}

// sendAll sends until nothing is left, or what is had better wait. The lock is
// held, and let go while it sends.
func (o *Outbox) sendAll(hold bool) {
	o.sending = true
	for len(o.ends) > 0 && o.failed == nil {
		most := len(o.ends)
		if hold && o.Ripe != nil {
			if most = o.Ripe(most); most == 0 {
				break
			}
		}
		o.sendSome(most)
	}
	o.sending = false
}

// sendSome sends as much of the queue as a message takes, so many parts at most.
// The lock is held, and let go while it sends.
func (o *Outbox) sendSome(most int) {
	parts, size := 0, 0
	for parts < most && (parts == 0 || o.ends[parts] <= fullCommandMessage) {
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
