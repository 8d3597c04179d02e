package core_test

import (
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/processor"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// copied is a host of TestTwoHosts, with a copy of the journal.
type copied struct {
	w           *street
	name        string
	teller      *narrator
	state       *core.State
	last        time.Time
	skew, ahead time.Duration
	up          bool
	life        int             // what was asked in an earlier one nobody hears the answer of; below zero for none any more
	out         map[string]bool // asks that are sent
	lanes       map[string][]event.Ask
	epoch       uint64
	seq         map[string]uint64
	before      [][]byte // what it was lately, for others to begin with
	asks        int
}

// keptStates is how many steps a copy may be behind.
const keptStates = 60

func (w *street) copied(name string) *copied {
	return &copied{w: w, name: name, teller: &narrator{t: w.t, names: map[string]string{}, alarms: map[string]string{}}, state: core.New(), last: w.now, up: true,
		out: map[string]bool{}, lanes: map[string][]event.Ask{}, seq: map[string]uint64{}, epoch: 1}
}

func (w *street) tell(format string, args ...any) {
	if *hostStory {
		w.t.Logf("%10.2f "+format, append([]any{w.now.Sub(morning).Seconds()}, args...)...)
	}
}

func (h *copied) clock() time.Time { return h.w.now.Add(h.skew + h.ahead) }

func (h *copied) time() time.Time {
	if c := h.clock(); c.After(h.last) {
		return c
	}
	return h.last
}

func (h *copied) step(in event.Input) {
	if h.up {
		h.stepAt(h.time(), in)
	}
}

func (h *copied) stepAt(at time.Time, in event.Input) {
	h.w.steps++
	h.last, h.teller.now = at, at
	said := h.teller.render(core.Step(h.state, at, in))
	if said != "" {
		h.w.tell("%s: %T\n%s", h.name, in, said)
	}
	if h == h.w.works {
		h.before = append(h.before, h.encoded())
		h.before = h.before[max(0, len(h.before)-keptStates):]
	}
	h.dispatch(false)
}

func (h *copied) encoded() []byte {
	b, err := h.state.Encode()
	if err != nil {
		h.w.t.Fatal(err)
	}
	return b
}

// restart stops a host and starts it again, its machine's clock set by so much.
func (h *copied) restart(down, set time.Duration) {
	if !h.up {
		return
	}
	h.w.tell("%s stops for %s, and its clock is set by %s", h.name, down, set)
	h.up = false
	h.life++
	h.skew += set
	h.w.after(down, func() { h.begin(h.encoded(), h.epoch+1) })
}

// begin goes on with a copy, as a host does: what is pending goes out again.
func (h *copied) begin(state []byte, epoch uint64) {
	s, err := core.Decode(state)
	if err != nil {
		h.w.t.Fatal(err)
	}
	h.w.tell("%s begins", h.name)
	h.state, h.up, h.epoch, h.ahead = s, true, epoch, 0
	if c := h.clock(); c.Before(h.last) {
		h.ahead = h.last.Sub(c)
	}
	h.out, h.lanes = map[string]bool{}, map[string][]event.Ask{}
	until := h.time()
	for _, a := range s.Pending() { // not before it is told of how long it was away
		h.out[a.ID] = true
	}
	h.stepAt(h.last, event.Resumed{Until: until})
	h.last, h.out = until, map[string]bool{}
	h.dispatch(true)
	h.ready()
}

// ready has all devices open, and the shelf tell what is on it to the host that has it.
func (h *copied) ready() {
	for _, d := range h.w.store.Devices {
		h.seq[d.Address] = 0
		h.step(event.DeviceStatus{Device: d.Address, Epoch: h.epoch, State: event.StateReady})
	}
	for bay := 1; bay <= 3 && h == h.w.works; bay++ {
		on := 10 * measure.Kilogram
		if bay == 1 {
			on = h.w.level()
		}
		h.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.At(h.time()), Bay: bay, Mass: on, Deviation: measure.Gram})
	}
}

func (h *copied) processorIs(s event.DeviceState) {
	h.step(event.DeviceStatus{Device: "payment.cards", Epoch: h.epoch, State: s})
}

func (h *copied) evidence(device string, o observe.Evidence) {
	if h.up {
		h.seq[device]++
		h.step(event.Evidence{Device: device, Serial: observe.Serial{Epoch: h.epoch, Seq: h.seq[device]}, Observed: o})
	}
}

func (h *copied) seen(track, zone string, phase observe.Phase) {
	h.evidence("camera.ceiling", observe.Presence{Interval: observe.At(h.time()), Track: observe.Track(track), Zone: "zone." + zone, Phase: phase})
}

// left has the gate tell that somebody went out.
func (h *copied) left() {
	h.evidence("gate.north", observe.Passage{Interval: observe.At(h.time()), Direction: observe.DirectionOut})
}

func (w *street) level() measure.Mass {
	return 10*measure.Kilogram - measure.Mass(w.taken)*352*measure.Gram
}

// visit has the shopper come, take so many cola and leave, as far as the host lets them in and hears.
func (w *street) visit(track string, units int) {
	h, id := w.works, ""
	h.evidence("credential_reader.palm", observe.Credential{Interval: observe.At(h.time()), Token: "palm-1", Method: observe.MethodPalm, Quality: 999_000, Bodies: 1})
	inside := func(d time.Duration, do func()) {
		w.after(d, func() {
			if id != "" && h.up {
				do()
			}
		})
	}
	w.after(12*time.Second, func() {
		for session, p := range h.state.Settlement.Payments {
			if !p.Frozen {
				id = max(id, session)
			}
		}
	})
	inside(12*time.Second, func() {
		h.evidence("gate.north", observe.Passage{Interval: observe.At(h.time()), Direction: observe.DirectionIn, Admission: id})
		h.seen(track, "entrance", observe.PhaseBegan)
	})
	inside(16*time.Second, func() { h.seen(track, "drinks", observe.PhasePresent) })
	d := 16 * time.Second
	for range units {
		inside(d+4*time.Second, func() {
			h.evidence("camera.ceiling", observe.Interaction{Interval: observe.Between(h.time().Add(-time.Second), h.time()), Track: observe.Track(track), At: place("1"),
				Action: observe.ActionTake, Confidence: 995_000, Candidates: []observe.Candidate{{GTIN: catalogue["cola"], Probability: 950_000}}})
		})
		inside(d+5*time.Second, func() {
			w.taken++
			h.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.Between(h.time().Add(-2*time.Second), h.time()), Bay: 1, Mass: w.level(), Deviation: measure.Gram})
		})
		d += 5 * time.Second
	}
	stay := 10 * time.Second
	if w.dice.IntN(6) == 0 {
		stay = between(w.dice, 0, 20*time.Minute)
	}
	inside(d+stay, func() {
		h.left()
		h.seen(track, "entrance", observe.PhaseEnded)
	})
}

// dispatch sends what is asked, of one session one after the other.
func (h *copied) dispatch(again bool) {
	for _, a := range h.state.Pending() {
		if h.out[a.ID] {
			continue
		}
		h.out[a.ID] = true
		lane := a.Session
		if a.Operation == event.OpAdmit {
			lane = a.Device
		}
		h.lanes[lane] = append(h.lanes[lane], a)
		if len(h.lanes[lane]) == 1 {
			h.serve(lane, again)
		}
	}
}

func (h *copied) serve(lane string, again bool) {
	a, life, over := h.lanes[lane][0], h.life, false
	h.asks++
	answer := func(after time.Duration, ans event.Answer) {
		h.w.after(after, func() {
			if over || h.life != life {
				return
			}
			over, ans.ID = true, a.ID
			if again && a.Operation.Money() && a.Operation != event.OpLookup && ans.Outcome != event.OutcomeDone {
				ans.Outcome = event.OutcomeUnknown
			}
			h.step(ans)
			if h.lanes[lane] = h.lanes[lane][1:]; len(h.lanes[lane]) > 0 {
				h.serve(lane, false)
			}
		})
	}
	if a.Operation == event.OpAdmit {
		answer(50*time.Millisecond, event.Answer{Outcome: event.OutcomeDone})
		return
	}
	answer(10*time.Second, event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: "no answer in time"})
	h.pay(a, answer)
}

// hit draws whether something goes wrong, so often in a thousand times.
func (w *street) hit(often int) bool {
	return !w.spared && w.now.Before(w.calm) && w.dice.IntN(1000) < often*w.often/100
}

// asked are the processor's words for the core's.
var asked = map[event.Operation]processor.Op{event.OpAuthorize: processor.Authorize, event.OpCapture: processor.Capture, event.OpVoid: processor.Void,
	event.OpRefund: processor.Refund, event.OpLookup: processor.Lookup, event.OpIncrease: processor.Increase}

// pay is the network and the plugin.
func (h *copied) pay(a event.Ask, answer func(time.Duration, event.Answer)) {
	w := h.w
	r := processor.Request{Op: asked[a.Operation], Of: asked[a.Of], Key: a.Key, Session: a.Session, Token: a.Token, Reference: a.Reference}
	if a.Amount != nil && a.Operation != event.OpVoid && a.Operation != event.OpLookup {
		r.Minor, r.Currency = a.Amount.Minor, string(a.Amount.Currency)
	}
	spared := a.Operation == event.OpAuthorize && a.Hold <= 1 && w.dice.IntN(8) > 0
	w.spared = spared
	defer func() { w.spared = false }()
	if w.hit(120) { // lost on its way there
		return
	}
	latency := between(w.dice, 10*time.Millisecond, 60*time.Millisecond)
	if w.hit(60) {
		latency += between(w.dice, 4*time.Second, 9*time.Second)
	}
	if w.hit(60) { // delivered twice
		w.after(latency+between(w.dice, 0, 20*time.Second), func() { h.do(r, processor.Fine, true) })
	}
	w.after(latency, func() {
		w.spared = spared
		defer func() { w.spared = false }()
		rep := h.do(r, w.trouble(r.Op), h != w.works)
		if rep.Acted && r.Op == processor.Authorize && w.hit(80) {
			w.after(between(w.dice, 3*time.Second, 40*time.Second), func() { w.processor.LapseNow(w.now.UnixNano(), rep.Reference) })
		}
		if !w.hit(120) { // or lost on its way back
			answer(between(w.dice, 90*time.Millisecond, 210*time.Millisecond), h.translate(rep, r.Op))
		}
	})
}

func (h *copied) do(r processor.Request, t processor.Trouble, other bool) processor.Reply {
	w := h.w
	w.byOther = other
	rep := w.processor.Do(w.now.UnixNano(), r, t)
	w.byOther = false
	w.tell("processor for %s: %s %s %d under %.6s: status %d found %d %s %s", h.name, r.Op, r.Of, r.Minor, r.Key, rep.Status, rep.Found, rep.Reference, rep.Message)
	return rep
}

// trouble draws what goes wrong at the processor.
func (w *street) trouble(of processor.Op) processor.Trouble {
	one := func(kinds ...processor.Trouble) processor.Trouble { return kinds[w.dice.IntN(len(kinds))] }
	switch {
	case w.hit(30):
		return processor.Overloaded
	case of != processor.Lookup && w.hit(100):
		if w.processor.Caps.SavesErrors {
			return one(processor.SavedBefore, processor.SavedAfter)
		}
		return one(processor.ErrorBefore, processor.ErrorAfter)
	case of == processor.Authorize && w.hit(120):
		return processor.DeclinedNow
	case (of == processor.Authorize || of == processor.Capture) && w.hit(30):
		return one(processor.OtherAmount, processor.OtherCurrency, processor.Partly)
	}
	return processor.Fine
}

// translate is what the plugin makes of a reply.
func (h *copied) translate(rep processor.Reply, of processor.Op) event.Answer {
	switch rep.Status {
	case processor.Declined:
		return event.Answer{Outcome: event.OutcomeRefused, Code: fault.Refused, Message: rep.Message}
	case processor.Invalid:
		return event.Answer{Outcome: event.OutcomeRefused, Code: fault.Invalid, Message: rep.Message}
	case processor.Unsupported:
		return event.Answer{Outcome: event.OutcomeRefused, Code: fault.Unsupported, Message: rep.Message}
	case processor.Busy:
		return event.Answer{Outcome: event.OutcomeUnavailable, Code: fault.Unavailable, Message: rep.Message}
	case processor.Failed:
		return event.Answer{Outcome: event.OutcomeUnknown, Code: fault.Unknown, Message: rep.Message}
	case processor.Done:
	}
	found := map[processor.Found]event.Finding{processor.Absent: event.FoundNothing, processor.FoundDeclined: event.FoundDeclined, processor.FoundPending: event.FoundPending}
	a := event.Answer{Outcome: event.OutcomeDone, Message: rep.Message}
	if of == processor.Lookup {
		if a.Found = event.FoundDone; found[rep.Found] != "" {
			a.Found = found[rep.Found]
			return a
		}
	}
	a.Reference, a.Brand, a.Last4, a.Funding, a.Network = rep.Reference, rep.Brand, rep.Last4, rep.Funding, rep.Brand
	if rep.Currency != "" {
		amount := money.New(rep.Minor, money.Currency(rep.Currency))
		a.Amount = &amount
	}
	if rep.Expires != 0 {
		at := time.Unix(0, rep.Expires).UTC().Add(h.skew + h.ahead)
		a.Expires = &at
	}
	return a
}

// notice is word of the processor, said until the host that works has it; now and then late, or twice.
func (w *street) notice(n processor.Notice) {
	w.tell("notice %s: %s %s under %.6s of %d", n.ID, n.Kind, n.Reference, n.Key, n.Minor)
	in := event.Notice{Device: "payment.cards", ID: n.ID, Reference: n.Reference, Key: n.Key, Kind: event.NoticeKind(n.Kind)}
	if n.Currency != "" && n.Minor > 0 {
		amount := money.New(n.Minor, money.Currency(n.Currency))
		in.Amount = &amount
	}
	var say func()
	say = func() {
		if w.works.up {
			w.works.step(in)
			return
		}
		w.after(20*time.Second, say)
	}
	first := between(w.dice, 50*time.Millisecond, 2*time.Second)
	if w.hit(300) {
		first = between(w.dice, 0, 20*time.Minute)
	}
	w.after(first, say)
	if w.hit(200) {
		w.after(first+between(w.dice, 0, 30*time.Second), say)
	}
}
