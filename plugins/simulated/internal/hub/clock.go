package hub

import (
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

const (
	// forever is a wait that only an event ends.
	forever = time.Hour
	// firstRetry and lastRetry bound the pause before a participant is asked
	// again whose outstanding asks are not yet, or no longer, here.
	firstRetry = 200 * time.Microsecond
	lastRetry  = 10 * time.Millisecond
	// settling is how long an ask may be on its way through a plugin.
	settling = 2 * time.Millisecond
	// maxLag is how far behind its speed a clock may fall before it gives up
	// catching up.
	maxLag = time.Second
	// afterwards is how many times faster than real time a clock with a speed runs
	// once the last visitor has left: what still waits are the host's own deadlines,
	// and nobody watches them. It is not without bounds, for a device that is
	// somewhere else and being restarted would miss days.
	afterwards = 3600
)

// participant is somebody whose next wake bounds the clock.
type participant struct {
	name        string
	client      *client
	poll        uint64
	wake        timeline.Instant
	waits       bool
	outstanding int
}

// clock is the state of the question "may time move on?".
type clock struct {
	poll  uint64
	retry time.Duration
	// asked says that the present poll has been sent, stale that something
	// happened since that an answer may not know of.
	asked, stale bool
	// holding says that what a step gave rise to waits until every participant
	// has heard of the step's time.
	holding bool
	// doubt says that a participant has just woken while calls are held here. It
	// may have given up one and sent another in its place: the numbers agree
	// while neither is known here. So it is asked twice, some time apart.
	doubt bool
	// open says that a free world has begun.
	open bool
	// told says that participants know that the world is done.
	told  bool
	known map[string]bool
	// paced is when real time was last matched with virtual time, and at which
	// speed.
	pacedReal    time.Time
	pacedVirtual timeline.Instant
	pacedSpeed   float64
	retryAt      time.Time
}

// again says that what participants answered may be out of date.

func (c *clock) again() { c.stale = true }

func (c *clock) met(name string) {
	if c.known == nil {
		c.known = make(map[string]bool)
	}
	c.known[name] = true
}

// answered takes a participant's answer. One to an older poll counts for
// nothing; a further one to the present poll replaces the first.
func (c *clock) answered(p *participant, m wire.FromClient) {
	if m.Poll != c.poll {
		return
	}
	p.poll, p.outstanding = m.Poll, m.Outstanding
	p.waits = m.WakeUS != nil
	if p.waits {
		p.wake = timeline.Instant(*m.WakeUS)
	}
}

// tick moves the clock if it may move, and gives how long to wait for events
// before trying again; zero is at once.
func (h *Hub) tick(now time.Time) time.Duration {
	if h.opt.Free {
		return h.freeTick(now)
	}
	if wait := h.blocked(now); wait > 0 {
		return wait
	}
	if h.done() && !h.clock.told {
		h.clock.told = true
		h.tell()
		return 0
	}
	next, ok := h.next()
	if !ok {
		return forever
	}
	if wait := h.pace(now, next); wait > 0 {
		return wait
	}
	h.step(next)
	return 0
}

// blocked says how long the clock stands; zero means that it may move.
func (h *Hub) blocked(now time.Time) time.Duration {
	c := &h.clock
	for _, name := range append([]string{wire.Host}, h.opt.Await...) {
		if !c.known[name] {
			return forever
		}
	}
	if !h.hosted() {
		return forever
	}
	if left := h.missing(now); left > 0 {
		return left
	}
	if h.unconfirmed() {
		return forever
	}
	for _, p := range h.participants {
		if c.asked && p.poll != c.poll {
			return forever
		}
	}
	if c.holding {
		h.release()
		if h.unconfirmed() {
			return forever
		}
	}
	if !c.asked || c.stale {
		h.ask()
		return forever
	}
	outstanding := 0
	for _, p := range h.participants {
		outstanding += p.outstanding
	}
	if outstanding == len(h.calls) && (!c.doubt || outstanding == 0) {
		c.retry, c.retryAt, c.doubt = 0, time.Time{}, false
		return 0
	}
	if c.doubt && outstanding == len(h.calls) && c.retry == 0 {
		c.retry = settling / 2
	}
	return h.askLater(now)
}

// askLater asks again after a pause that grows: a call or an answer is between
// here and the host.
func (h *Hub) askLater(now time.Time) time.Duration {
	c := &h.clock
	if c.retryAt.IsZero() {
		c.retry = min(max(2*c.retry, firstRetry), lastRetry)
		c.retryAt = now.Add(c.retry)
	}
	if left := c.retryAt.Sub(now); left > 0 {
		return left
	}
	c.retryAt, c.doubt = time.Time{}, false
	h.ask()
	return forever
}

// ask polls every participant.
func (h *Hub) ask() {
	c := &h.clock
	c.poll++
	c.asked, c.stale = true, false
	h.broadcast(wire.ToClient{Poll: c.poll})
}

// broadcast tells all participants. One that takes nothing is gone.
func (h *Hub) broadcast(messages ...any) {
	for _, p := range append([]*participant(nil), h.participants...) {
		if err := p.client.conn.Write(messages...); err != nil {
			h.opt.Log.Warn("participant is gone", "name", p.name, "err", err)
			h.disconnect(p.client)
			p.client.conn.Close()
		}
	}
}

// next is the earliest of the world's next event and all wakes.
func (h *Hub) next() (timeline.Instant, bool) {
	next, ok := h.tl.Next()
	for _, p := range h.participants {
		if p.waits && (!ok || p.wake < next) {
			next, ok = p.wake, true
		}
	}
	return max(next, h.tl.Now()), ok
}

// pace gives how long real time must still go on before virtual time may be at
// next.
func (h *Hub) pace(now time.Time, next timeline.Instant) time.Duration {
	speed := h.opt.Speed
	if speed <= 0 {
		return 0
	}
	if !h.opt.Free && h.done() {
		speed = max(speed, afterwards)
	}
	c := &h.clock
	if c.pacedReal.IsZero() || c.pacedSpeed != speed {
		c.pacedReal, c.pacedVirtual, c.pacedSpeed = now, h.tl.Now(), speed
	}
	due := c.pacedReal.Add(time.Duration(float64(next.Sub(c.pacedVirtual)) / speed))
	left := due.Sub(now)
	if left < -maxLag {
		c.pacedReal, c.pacedVirtual = now, next
	}
	return max(left, 0)
}

// step takes time to an instant. What came of it is sent when all participants
// have heard of the new time, so that nobody sees evidence of an instant that
// has not come. An instant at which the world only went about its own business
// is nobody's concern, and costs no question.
func (h *Hub) step(at timeline.Instant) {
	woken := false
	for _, p := range h.participants {
		woken = woken || p.waits && p.wake <= at
	}
	h.tl.RunTo(at)
	reported := len(h.answers) > 0
	for _, d := range h.order {
		reported = reported || d.client != nil && d.sent < len(d.queue)
	}
	if !woken && !reported {
		return
	}
	h.clock.holding, h.clock.doubt = reported, woken
	h.tell()
}

// tell tells participants the time and polls them.
func (h *Hub) tell() {
	c := &h.clock
	c.poll++
	c.asked, c.stale = true, false
	h.broadcast(h.now(), wire.ToClient{Poll: c.poll})
}

// done says whether every visit is over and all of it in the host's journal.
func (h *Hub) done() bool {
	return h.world.Done() && len(h.answers) == 0 && !h.unheard()
}

// release sends what was held back.
func (h *Hub) release() {
	h.clock.holding = false
	answers := h.answers
	h.answers = nil
	for _, send := range answers {
		send()
	}
	h.flush()
	h.clock.again()
}

// freeTick follows real time.
func (h *Hub) freeTick(now time.Time) time.Duration {
	if !h.opens() {
		return forever
	}
	h.catchUp(now)
	if h.done() && !h.clock.told {
		h.clock.told = true
		h.tell()
	}
	next, ok := h.tl.Next()
	if !ok {
		return forever
	}
	return h.pace(now, next)
}

// catchUp takes virtual time to where real time has it.
func (h *Hub) catchUp(now time.Time) {
	c := &h.clock
	if h.opt.Speed <= 0 {
		h.opt.Speed = 1
	}
	if !h.opens() {
		return
	}
	if c.pacedReal.IsZero() && len(h.opt.Await) > 0 {
		h.tl.RunTo(timeline.Of(now)) // the store opens now, not when the world was made
		h.world.Start()
	}
	if c.pacedReal.IsZero() {
		c.pacedReal, c.pacedVirtual, c.pacedSpeed = now, h.tl.Now(), h.opt.Speed
	}
	h.step(c.pacedVirtual.Add(time.Duration(float64(now.Sub(c.pacedReal)) * h.opt.Speed)))
	h.release()
}
