package simulate

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/fault"
)

// As in package dispatch.
const (
	admitWithin   = 2 * time.Second
	paymentWithin = 10 * time.Second
	maxPayments   = 64
)

type task struct {
	ask   event.Ask
	again bool
}

// lane is asks that go one after the other: a gate's, or a session's at a
// processor.
type lane struct {
	name  string
	queue []task
	paid  bool
}

func laneOf(a event.Ask) (string, bool) {
	if a.Operation == event.OpAdmit {
		return a.Device, false
	}
	return a.Device + "|" + a.Session, true
}

// dispatch takes an ask that is durable.
func (h *host) dispatch(a event.Ask, again bool) {
	name, paid := laneOf(a)
	l := h.lanes[name]
	if l != nil {
		l.queue = append(l.queue, task{a, again})
		return
	}
	l = &lane{name: name, queue: []task{{a, again}}, paid: paid}
	h.lanes[name] = l
	if paid {
		if h.running == maxPayments {
			h.pool = append(h.pool, l)
			return
		}
		h.running++
	}
	h.serve(l)
}

// serve carries out the next ask of a lane.
func (h *host) serve(l *lane) {
	t := l.queue[0]
	l.queue = l.queue[1:]
	over := false
	answer := func(a event.Answer) {
		if over {
			return // it comes when nobody waits for it any more
		}
		over = true
		a.ID = t.ask.ID
		if t.again && t.ask.Operation != event.OpAdmit && t.ask.Operation != event.OpLookup && a.Outcome != event.OutcomeDone {
			a.Outcome = event.OutcomeUnknown
		}
		if h.w.bug == TimeoutAsFailure && a.Outcome == event.OutcomeUnknown && t.ask.Operation != event.OpLookup {
			a.Outcome = event.OutcomeRefused
		}
		h.answer(a)
		h.served(l)
	}
	if t.ask.Operation == event.OpAdmit {
		h.later(admitWithin, func() {
			answer(event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: "the gate did not answer in time"})
		})
		h.admit(t, answer)
		return
	}
	h.later(paymentWithin, func() {
		answer(event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: "the processor did not answer in time"})
	})
	h.pay(t.ask, answer)
}

func (h *host) served(l *lane) {
	if len(l.queue) > 0 && (!l.paid || len(h.pool) == 0) {
		h.serve(l)
		return
	}
	if len(l.queue) == 0 {
		delete(h.lanes, l.name)
	} else {
		h.pool = append(h.pool, l)
	}
	if !l.paid {
		return
	}
	if len(h.pool) == 0 {
		h.running--
		return
	}
	next := h.pool[0]
	h.pool = h.pool[1:]
	h.serve(next)
}

func failed(code fault.Code, message string) event.Answer {
	out := event.OutcomeUnknown
	switch code {
	case fault.Refused, fault.Invalid, fault.Unsupported:
		out = event.OutcomeRefused
	case fault.Unavailable:
		out = event.OutcomeUnavailable
	case fault.None, fault.Unknown, fault.Internal:
	}
	return event.Answer{Outcome: out, Code: code, Message: message}
}

// admit asks a gate to let bodies in.
func (h *host) admit(t task, answer func(event.Answer)) {
	g := h.w.gateAt(t.ask.Device)
	switch {
	case t.ask.Expires == nil || !h.now().Before(*t.ask.Expires):
		code := fault.Refused
		if t.again {
			code = fault.Unknown
		}
		answer(failed(code, "the admission ended before it could be sent"))
		return
	case g == nil || !g.device.open:
		answer(failed(fault.Unavailable, "the gate is not open for commands"))
		return
	}
	opening := g.device.opening
	reply := func(d time.Duration, a event.Answer) { h.later(d, func() { answer(a) }) }
	h.w.tl.after(between(g.dice, 10*time.Millisecond, 60*time.Millisecond), func() {
		if g.device.opening != opening {
			reply(0, failed(fault.Unknown, "the plugin ended"))
			return
		}
		h.w.checkAdmission(&t.ask)
		if err := g.admit(t.ask.Admission, t.ask.Bodies, *t.ask.Expires); err != nil {
			reply(20*time.Millisecond, failed(fault.CodeOf(err), err.Error()))
			return
		}
		if h.w.hit(FV5, 40_000) { // it opens and says that it didn't
			h.w.tookFor(FV5, t.ask.Session)
			reply(20*time.Millisecond, failed(fault.Unknown, "the flap reports no position"))
			return
		}
		reply(20*time.Millisecond, event.Answer{Outcome: event.OutcomeDone})
	})
}
