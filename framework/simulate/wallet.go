package simulate

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

// network is the way to the processor: until when what is in the way. Times are
// virtual.
type network struct {
	offline, oneWay, refused, secret, busy time.Duration
	longest                                time.Duration // of the outage under way
}

// operations are the processor's words for the core's.
var operations = map[event.Operation]processor.Op{
	event.OpAuthorize: processor.Authorize, event.OpCapture: processor.Capture, event.OpVoid: processor.Void,
	event.OpRefund: processor.Refund, event.OpLookup: processor.Lookup, event.OpIncrease: processor.Increase,
}

// call is one call of the payment plugin.
type call struct {
	h       *host
	w       *world
	ask     event.Ask
	device  *device
	opening int
	answer  func(event.Answer)
	request processor.Request
	// again says that the network delivers it a second time: what comes of that
	// nobody waits to hear.
	again bool
}

// pay is the payment plugin: it sends a request, and says what it heard.
func (h *host) pay(a event.Ask, answer func(event.Answer)) {
	w := h.w
	d := w.byAddress[a.Device]
	if d == nil || d.absent || !d.open {
		answer(failed(fault.Unavailable, "the processor's plugin is not open"))
		return
	}
	c := &call{h: h, w: w, ask: a, device: d, opening: d.opening, answer: answer}
	c.request = processor.Request{Op: operations[a.Operation], Of: operations[a.Of], Key: a.Key, Session: a.Session, Token: a.Token, Reference: a.Reference}
	if a.Amount != nil && a.Operation != event.OpVoid && a.Operation != event.OpLookup { // a void is of all that is held
		c.request.Minor, c.request.Currency = a.Amount.Minor, string(a.Amount.Currency)
	}
	if c.request.Op == "" {
		answer(failed(fault.Unsupported, "the plugin can't do that"))
		return
	}
	if w.bug == FreshKey {
		w.mints++
		c.request.Key += itoa(w.mints)
	}
	w.calls++
	c.send()
}

// reply tells the host after a while; a plugin that ended meanwhile has told it
// that nothing is known.
func (c *call) reply(after time.Duration, a event.Answer) {
	c.h.later(after, func() {
		if c.device.opening != c.opening {
			a = failed(fault.Unknown, "the plugin ended during the call")
		}
		c.answer(a)
	})
}

// send is the request on its way.
func (c *call) send() {
	w, now := c.w, c.w.tl.now
	session := c.ask.Session
	if !c.h.deaf {
		w.witness.Sent(session, string(c.request.Op), c.ask.Key)
	}
	if c.h.deaf && !w.faults.over {
		w.tookOf(FP11, session)
	}
	switch {
	case w.net.refused > now:
		w.tookFor(FN8, session)
		c.reply(30*time.Millisecond, failed(fault.Unavailable, "the certificate is not the processor's"))
		return
	case w.net.secret > now:
		w.tookFor(FG4, session)
		c.reply(80*time.Millisecond, failed(fault.Unavailable, "the key is not valid any more"))
		return
	case w.net.offline > now:
		w.tookFor(w.net.cause(), session)
		if w.netDice.IntN(2) == 0 {
			c.reply(50*time.Millisecond, failed(fault.Unavailable, "no route"))
		}
		return
	case w.hit(FN1, 40_000):
		w.tookFor(FN1, session)
		return
	}
	latency := between(w.netDice, 10*time.Millisecond, 60*time.Millisecond)
	if w.hit(FN7, 40_000) {
		w.tookFor(FN7, session)
		latency += between(w.faults.dice[FN7], 4*time.Second, 15*time.Second)
	}
	if latency < paymentWithin { // later the connection is closed, and what is on its way is dropped with it
		w.tl.after(latency, c.arrive)
	}
	if w.hit(FY9, 80_000) { // the network delivers it twice
		w.tl.after(latency+between(w.faults.dice[FY9], 0, 20*time.Second), func() {
			w.tookFor(FY9, session)
			c.again = true
			c.do(processor.Fine)
			c.again = false
		})
	}
}

// cause is what an outage is counted as.
func (n *network) cause() FaultID {
	if n.longest < 0 {
		return FY5
	}
	return FN5
}

// do has the processor look at the request.
func (c *call) do(t processor.Trouble) processor.Reply {
	c.w.other = c.h.deaf || c.again
	rep := c.w.processor.Do(int64(c.w.wall(c.w.tl.now).UnixNano()), c.request, t)
	c.w.other = false
	c.w.trace.text(c.request.Key)
	c.w.trace.number(uint64(rep.Status)<<8 | uint64(rep.Found))
	if c.w.story != nil {
		c.w.tell("processor: %s %s %d under %.8s: status %d found %d %s (trouble %d)", c.request.Op, c.request.Of, c.request.Minor, c.request.Key, rep.Status, rep.Found, rep.Message, t)
	}
	return rep
}

// arrive is the request reaching the processor.
func (c *call) arrive() {
	w, now := c.w, c.w.tl.now
	session := c.ask.Session
	if w.hit(FY2, 60_000) { // no reply, with or without the deed
		w.tookFor(FY2, session)
		if w.faults.dice[FY2].IntN(2) == 0 {
			c.do(processor.Fine)
		}
		return
	}
	trouble, id := c.trouble()
	rep := c.do(trouble)
	if trouble != processor.Fine && c.struck(trouble, rep) {
		w.tookFor(id, session)
		if trouble == processor.Lies {
			w.lied[session] = true
			w.witness.Lied(session)
		}
	}
	if rep.Acted && c.request.Op == processor.Authorize && w.hit(FY6, 60_000) {
		w.lapse(rep.Reference, session)
	}
	took := between(w.netDice, 90*time.Millisecond, 210*time.Millisecond)
	switch {
	case w.net.oneWay > now:
		w.tookFor(FN6, session)
		return
	case w.hit(FN2, 60_000):
		w.tookFor(FN2, session)
		return
	case w.hit(FN3, 50_000):
		took = between(w.faults.dice[FN3], paymentWithin, 40*time.Second)
		w.tookFor(FN3, session)
	}
	c.reply(took, c.translate(rep))
}

// trouble draws what goes wrong at the processor.
func (c *call) trouble() (processor.Trouble, FaultID) {
	w := c.w
	movement := c.request.Op != processor.Lookup
	switch {
	case w.net.busy > w.tl.now, w.hit(FY13, 30_000):
		return processor.Overloaded, FY13
	case movement && w.processor.Caps.SavesErrors && w.hit(FY3, 60_000):
		return []processor.Trouble{processor.SavedBefore, processor.SavedAfter}[w.faults.dice[FY3].IntN(2)], FY3
	case !w.processor.Caps.SavesErrors && w.hit(FY4, 80_000):
		return []processor.Trouble{processor.ErrorBefore, processor.ErrorAfter}[w.faults.dice[FY4].IntN(2)], FY4
	case c.request.Op == processor.Authorize && w.hit(FY1, 60_000):
		return processor.DeclinedNow, FY1
	case (c.request.Op == processor.Authorize || c.request.Op == processor.Capture) && w.hit(FY7, 30_000):
		kinds := []processor.Trouble{processor.OtherAmount, processor.OtherCurrency, processor.Partly}
		return kinds[w.faults.dice[FY7].IntN(3)], FY7
	case c.request.Op == processor.Capture && w.hit(FY14, 30_000):
		return processor.Lies, FY14
	}
	return processor.Fine, 0
}

// struck reports whether a trouble showed in the reply.
func (c *call) struck(t processor.Trouble, rep processor.Reply) bool {
	switch t {
	case processor.Overloaded:
		return rep.Status == processor.Busy
	case processor.ErrorBefore, processor.ErrorAfter, processor.SavedBefore, processor.SavedAfter:
		return rep.Status == processor.Failed
	case processor.DeclinedNow:
		return rep.Status == processor.Declined
	case processor.Partly:
		return rep.Acted && c.request.Op == processor.Authorize
	case processor.OtherAmount, processor.OtherCurrency:
		return rep.Acted
	case processor.Lies:
		return c.w.processor.Lied[rep.Reference]
	case processor.Fine:
	}
	return false
}

// translate is what the plugin makes of a reply, as the contract of package
// payment has it.
func (c *call) translate(rep processor.Reply) event.Answer {
	switch rep.Status {
	case processor.Declined:
		return failed(fault.Refused, rep.Message)
	case processor.Busy:
		return failed(fault.Unavailable, rep.Message)
	case processor.Failed:
		return failed(fault.Unknown, rep.Message)
	case processor.Invalid:
		return failed(fault.Invalid, rep.Message)
	case processor.Unsupported:
		return failed(fault.Unsupported, rep.Message)
	case processor.Done:
	}
	a := event.Answer{Outcome: event.OutcomeDone, Reference: rep.Reference, Brand: rep.Brand, Last4: rep.Last4, Funding: rep.Funding, Network: rep.Brand}
	if rep.Currency != "" {
		amount := money.New(rep.Minor, money.Currency(rep.Currency))
		a.Amount = &amount
	}
	if rep.Expires != 0 {
		at := time.Unix(0, rep.Expires).UTC().Add(c.h.skew + c.h.ahead) // as much is left by the host's clock as by the processor's
		a.Expires = &at
	}
	if c.request.Op != processor.Lookup {
		return a
	}
	switch rep.Found {
	case processor.Absent:
		return event.Answer{Outcome: event.OutcomeDone, Found: event.FoundNothing}
	case processor.FoundDeclined:
		return event.Answer{Outcome: event.OutcomeDone, Found: event.FoundDeclined, Message: rep.Message}
	case processor.FoundPending:
		return event.Answer{Outcome: event.OutcomeDone, Found: event.FoundPending}
	case processor.FoundDone:
	}
	a.Found = event.FoundDone
	return a
}

// lapse has the issuer let a hold go some time during the visit.
func (w *world) lapse(reference, session string) {
	w.tl.after(between(w.faults.dice[FY6], 3*time.Second, 40*time.Second), func() {
		if !w.faults.over && w.processor.LapseNow(int64(w.wall(w.tl.now).UnixNano()), reference) {
			w.tookFor(FY6, session)
			w.lapsed[session] = true
		}
	})
}

// listen joins the processor to the witness and to the host.
func (w *world) listen() {
	at := func(ns int64) time.Time { return time.Unix(0, ns).UTC() }
	w.processor.Asked = func(now int64, r processor.Request) {
		w.witness.Asked(witness.Request{At: at(now), Op: string(r.Op), Of: string(r.Of), Key: r.Key, Token: r.Token, Reference: r.Reference,
			Session: r.Session, Minor: r.Minor, Currency: r.Currency, Other: w.other})
	}
	w.processor.Entered = func(e processor.Entry) {
		m := witness.Movement{At: at(e.At), Op: string(e.Op), Key: e.Key, Session: e.Session, Token: e.Token, Reference: e.Reference,
			Parent: e.Parent, Minor: e.Minor, Currency: e.Currency, MultipleCapture: w.processor.Caps.MultipleCapture, Other: w.other}
		if e.Expires != 0 {
			m.Expires = at(e.Expires)
		}
		w.witness.Moved(m)
		w.trace.text(e.Reference)
		w.trace.number(uint64(e.Minor))
	}
	w.processor.Noticed = w.notice
}

// noticeAgain is how long the processor waits before it says something again
// that the host has not told it is durable.
const noticeAgain = 20 * time.Second

// notice is word from the processor, which the network repeats, delays and
// reorders. It is said again until the host has it.
func (w *world) notice(n processor.Notice) {
	w.tl.after(between(w.netDice, 50*time.Millisecond, 2*time.Second), func() { w.say(n) })
	if w.hit(FN4, 250_000) {
		w.tookAll(FN4)
		for range 2 {
			w.tl.after(between(w.faults.dice[FN4], 0, 30*time.Second), func() { w.tell1(n) })
		}
	}
}

// say tells the host until it has it.
func (w *world) say(n processor.Notice) {
	if w.noticed[n.ID] || w.stop {
		return
	}
	w.tell1(n)
	w.tl.after(noticeAgain, func() { w.say(n) })
}

// tell1 tells the host once, if it can be reached.
func (w *world) tell1(n processor.Notice) {
	c := w.byAddress[processorAddress]
	if !w.host.up || !c.open || w.net.offline > w.tl.now {
		return
	}
	in := event.Notice{Device: processorAddress, ID: n.ID, Reference: n.Reference, Key: n.Key, Kind: event.NoticeKind(n.Kind)}
	if n.Currency != "" && n.Minor > 0 {
		amount := money.New(n.Minor, money.Currency(n.Currency))
		in.Amount = &amount
	}
	at := time.Unix(0, n.At).UTC()
	in.At = &at
	w.host.put(processorAddress, in)
}
