package settlement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/event"
)

// Phase is the state of a hold as its machine sees it: the payment's state and,
// after a stroke, what of it is being looked up.
type Phase string

// The phases. One without a stroke is the event.PaymentState of that name.
const (
	phaseNone        Phase = "none"
	phaseOffline     Phase = "offline"
	phaseAuthorizing Phase = "authorizing"
	phaseHeld        Phase = "held"
	phaseIncreasing  Phase = "increasing"
	phaseCapturing   Phase = "capturing"
	phaseCaptured    Phase = "captured"
	phaseVoiding     Phase = "voiding"
	phaseVoided      Phase = "voided"
	phaseDeclined    Phase = "declined"
	phaseExpired     Phase = "expired"
	phaseFailed      Phase = "failed"

	phaseHeldHold     Phase = "held/hold"         // does the hold stand?
	phaseVoidHold     Phase = "voiding/hold"      // does what can't be released stand?
	phaseVoidCapture  Phase = "voiding/capture"   // or was it captured?
	phaseTakingLook   Phase = "capturing/capture" // did another host capture it under another key?
	phaseCapturedLook Phase = "captured/capture"  // was the capture undone?
	phaseVoidedLook   Phase = "voided/capture"    // was it captured all the same?
	phaseExpiredLook  Phase = "expired/capture"
	phaseFailedLook   Phase = "failed/capture"
	phaseDeclinedLook Phase = "declined/capture"
)

// What is what became of the movement under way, or what policy wants.
type What string

// What an answer or a look-up says.
const (
	// Done: it happened as it was asked for.
	Done What = "done"
	// Other: a call says that it happened with another amount; OtherSure: a
	// look-up says so too.
	Other     What = "other amount"
	OtherSure What = "other amount, looked up"
	// Renamed: a look-up finds another hold under the key.
	Renamed What = "done under another name"
	// Contested: done, but a notice said meanwhile that it failed.
	Contested What = "done, against a notice"
	// Over: the hold is made and over since.
	Over What = "over"
	// Refused: it did not happen and won't under this key. Beyond: so was a
	// capture above its hold.
	Refused What = "refused"
	Beyond  What = "refused above the hold"
	// Taken: the release of a hold of which a capture was asked for is refused.
	Taken What = "refused after a capture"
	// Elsewhere: released, and perhaps captured before by another host.
	Elsewhere What = "done, perhaps captured before"
	// Taking: before it is sent: another host is said to have captured the same.
	Taking What = "perhaps captured elsewhere"
	// Repeat: refused for being a repeat of another movement.
	Repeat What = "refused as a repeat"
	// Later: it did not happen; the same ask may be sent again.
	Later What = "unavailable"
	// Unknown: it may have happened. Pending: it is under way.
	Unknown What = "unknown"
	Pending What = "pending"
	// Absent: a look-up did not find it, which proves nothing yet. Gone: nor did
	// another, the processor's settling delay is over and no request can be under
	// way any more: it did not happen.
	Absent What = "absent"
	Gone   What = "absent for good"
	// Unsent: it did not happen, and the processor has kept nothing under its key.
	Unsent What = "no trace of it"
	// Stuck: a release that can't be found out about by itself, but by its hold.
	Stuck What = "to be seen by the hold"
	// Lost: it can't be found out any more.
	Lost What = "beyond finding out"
)

// What policy or time says.
const (
	WantHold    What = "want: hold"
	WantRaise   What = "want: raise"
	WantTake    What = "want: capture"
	WantRelease What = "want: release"
	WantEnd     What = "want: give up"
	Doubt       What = "notice"
	Lapse       What = "time is over"
)

// What staff say of a movement that the processor never told of.
const (
	SaidYes What = "staff: it happened"
	SaidNo  What = "staff: it did not"
)

// Deed is what is done on a transition, in its order.
type Deed string

// The deeds.
const (
	begin      Deed = "ask"           // begin the movement of the new state, under a key of its own
	anew       Deed = "ask anew"      // the same under the next ordinal: the one before had no effect
	anewSlowly Deed = "ask anew late" // as anew, after a long while
	again      Deed = "ask again"     // the same key, after a while; looked up where nobody wants it any more
	look       Deed = "look up"       // find out, after a while
	lookNow    Deed = "look up now"   // find out at once
	lookLater  Deed = "look up later" // find out once the processor's settling delay is over
	noteHold   Deed = "note the hold"
	bar        Deed = "not so again" // this rung of the ladder is closed
	bookTaken  Deed = "book the capture"
	unbook     Deed = "reverse the books"
	rest       Deed = "rest"

	alarmOther      Deed = "alarm other_amount"
	alarmDuplicate  Deed = "alarm duplicate"
	alarmVoid       Deed = "alarm void_refused"
	alarmExpired    Deed = "alarm hold_expired"
	alarmFailed     Deed = "alarm capture_failed"
	alarmUnasked    Deed = "alarm captured_unasked"
	alarmUnresolved Deed = "alarm unresolved"
)

// asks reports whether a transition asks something at once, unless it says when.
func asks(deeds []Deed) bool {
	return slices.ContainsFunc(deeds, func(d Deed) bool { return d == begin || d == anew || d == lookNow || d == lookLater })
}

// Transition is one row of the machine of a hold.
type Transition struct {
	From  Phase
	What  What
	To    Phase
	Deeds []Deed
}

// table is the machine. What is not in it can't happen, and is set aside.
//
// A movement is one key for ever: again and look keep it, and begin and anew
// are the only deeds that make another, which is why they stand only behind a
// definite refusal, a proof of no effect, or a movement that is over.
var table = slicesOf(
	movement(phaseAuthorizing, []Transition{
		{"", Done, phaseHeld, []Deed{noteHold}},
		{"", Other, phaseVoiding, []Deed{noteHold, alarmOther, begin}},
		{"", OtherSure, phaseVoiding, []Deed{noteHold, alarmOther, begin}},
		{"", Over, phaseVoiding, []Deed{noteHold, begin}}, // by its clock; to be sure of it
		{"", Refused, phaseDeclined, []Deed{rest}},
	}),
	movement(phaseIncreasing, []Transition{
		{"", Done, phaseHeld, []Deed{noteHold}},
		{"", Other, phaseIncreasing, []Deed{look}},
		{"", OtherSure, phaseHeld, []Deed{noteHold, bar, alarmOther}},
		{"", Over, phaseExpired, []Deed{alarmExpired, rest}},
		{"", Refused, phaseHeld, []Deed{bar}},
	}),
	movement(phaseCapturing, []Transition{
		{"", Done, phaseCaptured, []Deed{bookTaken}},
		{"", Other, phaseCapturing, []Deed{look}},
		{"", Contested, phaseCapturing, []Deed{look}},
		{"", OtherSure, phaseCaptured, []Deed{bookTaken, alarmOther}},
		{"", Beyond, phaseHeld, []Deed{bar}},
		{"", Refused, phaseVoiding, []Deed{bar, begin}},
		{"", Taking, phaseTakingLook, []Deed{lookNow}},
	}),
	lookUp(phaseTakingLook, []Transition{ // where it did not, this host goes on with its own
		{"", Done, phaseCaptured, []Deed{bookTaken, alarmUnasked}},
		{"", OtherSure, phaseCaptured, []Deed{bookTaken, alarmUnasked}},
		{"", Refused, phaseCapturing, []Deed{again}},
		{"", Gone, phaseCapturing, []Deed{again}},
		{"", Lost, phaseCapturing, []Deed{again}},
	}),
	movement(phaseVoiding, []Transition{
		{"", Done, phaseVoided, []Deed{rest}},
		{"", Elsewhere, phaseVoidedLook, []Deed{lookLater}},
		{"", Refused, phaseVoidHold, []Deed{look}},
		{"", Taken, phaseVoidCapture, []Deed{look}},
		{"", Lapse, phaseVoidHold, []Deed{look}},
		{"", Stuck, phaseVoidHold, []Deed{look}},
	}),
	lookUp(phaseVoidHold, []Transition{ // it can't be released: does it stand?
		{"", Done, phaseVoiding, []Deed{alarmVoid, anewSlowly}},
		{"", OtherSure, phaseVoiding, []Deed{alarmVoid, anewSlowly}},
		{"", Renamed, phaseVoiding, []Deed{noteHold, alarmDuplicate, begin}},
		{"", Over, phaseExpired, []Deed{rest}},
		{"", Refused, phaseExpired, []Deed{rest}},
		{"", Gone, phaseExpired, []Deed{rest}},
		{"", Lost, phaseVoiding, []Deed{alarmUnresolved, anewSlowly}},
	}),
	lookUp(phaseVoidCapture, []Transition{ // a capture of it was asked for and refused
		{"", Done, phaseCaptured, []Deed{bookTaken, alarmUnasked}},
		{"", OtherSure, phaseCaptured, []Deed{bookTaken, alarmUnasked}},
		{"", Refused, phaseVoidHold, []Deed{lookNow}},
		{"", Gone, phaseVoidHold, []Deed{lookNow}},
		{"", Lost, phaseVoidHold, []Deed{lookNow}},
	}),
	lookUp(phaseHeldHold, []Transition{
		{"", Done, phaseHeld, []Deed{rest}},
		{"", OtherSure, phaseHeld, []Deed{noteHold, alarmOther}}, // released in part
		{"", Over, phaseExpired, []Deed{alarmExpired, rest}},
		{"", Refused, phaseExpired, []Deed{alarmExpired, rest}},
		{"", Gone, phaseExpired, []Deed{alarmExpired, rest}},
		{"", Lost, phaseHeld, []Deed{rest}},
	}),
	lookUp(phaseCapturedLook, []Transition{
		{"", Done, phaseCaptured, []Deed{rest}},
		{"", OtherSure, phaseCaptured, []Deed{alarmOther, rest}},
		{"", Refused, phaseFailed, []Deed{unbook, alarmFailed}},
		{"", Gone, phaseFailed, []Deed{unbook, alarmFailed}},
		{"", Lost, phaseCaptured, []Deed{alarmUnresolved, rest}},
	}),
	[]Transition{ // see resolve.go: it ends, and nothing is held that can't be moved
		{phaseAuthorizing, SaidYes, phaseExpired, []Deed{rest}}, // nobody knows its name: it lapses by itself
		{phaseAuthorizing, SaidNo, phaseDeclined, []Deed{rest}},
		{phaseIncreasing, SaidYes, phaseHeld, []Deed{noteHold}},
		{phaseIncreasing, SaidNo, phaseHeld, []Deed{bar}},
		{phaseCapturing, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseCapturing, SaidNo, phaseVoiding, []Deed{bar, begin}},
		{phaseTakingLook, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseTakingLook, SaidNo, phaseCapturing, []Deed{again}},
		{phaseVoiding, SaidYes, phaseVoided, []Deed{rest}},
		{phaseVoiding, SaidNo, phaseExpired, []Deed{rest}}, // left to lapse
		{phaseVoidHold, SaidYes, phaseExpired, []Deed{rest}},
		{phaseVoidHold, SaidNo, phaseExpired, []Deed{rest}},
		{phaseVoidCapture, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseVoidCapture, SaidNo, phaseExpired, []Deed{rest}},
		{phaseHeldHold, SaidYes, phaseHeld, []Deed{rest}},
		{phaseHeldHold, SaidNo, phaseExpired, []Deed{alarmExpired, rest}},
		{phaseCapturedLook, SaidYes, phaseCaptured, []Deed{rest}},
		{phaseCapturedLook, SaidNo, phaseFailed, []Deed{unbook}},
		{phaseVoidedLook, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseVoidedLook, SaidNo, phaseVoided, []Deed{rest}},
		{phaseExpiredLook, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseExpiredLook, SaidNo, phaseExpired, []Deed{rest}},
		{phaseFailedLook, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseFailedLook, SaidNo, phaseFailed, []Deed{rest}},
		{phaseDeclinedLook, SaidYes, phaseCaptured, []Deed{bookTaken}},
		{phaseDeclinedLook, SaidNo, phaseDeclined, []Deed{rest}},
	},
	still(phaseVoidedLook, phaseVoided), still(phaseExpiredLook, phaseExpired), still(phaseFailedLook, phaseFailed),
	still(phaseDeclinedLook, phaseDeclined),
	[]Transition{ // what policy, notices and time want of a hold at which nothing is under way
		{phaseNone, WantHold, phaseAuthorizing, []Deed{begin}},
		{phaseNone, Doubt, phaseVoidedLook, []Deed{lookNow}}, // another host's: see elsewhere.go
		{phaseOffline, WantHold, phaseAuthorizing, []Deed{begin}},
		{phaseOffline, WantRelease, phaseVoided, []Deed{rest}},
		{phaseDeclined, WantHold, phaseAuthorizing, []Deed{anew}},
		{phaseDeclined, WantEnd, phaseFailed, []Deed{rest}},
		{phaseHeld, WantRaise, phaseIncreasing, []Deed{begin}},
		{phaseHeld, WantTake, phaseCapturing, []Deed{begin}},
		{phaseHeld, WantRelease, phaseVoiding, []Deed{begin}},
		{phaseHeld, Doubt, phaseHeldHold, []Deed{lookNow}},
		{phaseHeld, Lapse, phaseHeldHold, []Deed{lookNow}},
		{phaseVoidHold, Lapse, phaseVoidHold, []Deed{look}},
		{phaseCaptured, Doubt, phaseCapturedLook, []Deed{lookNow}},
		{phaseVoided, Doubt, phaseVoidedLook, []Deed{lookNow}},
		{phaseExpired, Doubt, phaseExpiredLook, []Deed{lookNow}},
		{phaseFailed, Doubt, phaseFailedLook, []Deed{lookNow}},
		{phaseDeclined, Doubt, phaseDeclinedLook, []Deed{lookNow}}, // another host's: see elsewhere.go
	},
)

// movement is what every movement under way has in common, and its own rows.
func movement(p Phase, own []Transition) []Transition {
	lost := Transition{p, Lost, p, []Deed{alarmUnresolved, rest}}
	if p == phaseIncreasing { // what was held before may be captured
		lost.To, lost.Deeds = phaseHeld, []Deed{alarmUnresolved, bar}
	}
	if p == phaseVoiding { // releasing twice does no harm
		lost.Deeds = []Deed{alarmUnresolved, anewSlowly}
	}
	return append(of(p, own),
		Transition{p, Repeat, p, []Deed{alarmDuplicate, look}},
		Transition{p, Later, p, []Deed{again}},
		Transition{p, Unknown, p, []Deed{look}},
		Transition{p, Pending, p, []Deed{look}},
		Transition{p, Absent, p, []Deed{again}},
		Transition{p, Unsent, p, []Deed{again}},
		Transition{p, Gone, p, []Deed{anew}},
		lost)
}

// lookUp is what every look-up of something else than the movement under way has
// in common, and its own rows.
func lookUp(p Phase, own []Transition) []Transition {
	rows := of(p, own)
	if _, check := p.split(); check == event.OpCapture {
		rows = append(rows, Transition{p, Contested, p, []Deed{look}})
	}
	return append(rows,
		Transition{p, Later, p, []Deed{look}},
		Transition{p, Unknown, p, []Deed{look}},
		Transition{p, Pending, p, []Deed{look}},
		Transition{p, Absent, p, []Deed{look}})
}

// still is the look-up of a capture of a hold that is at rest without one.
func still(p, at Phase) []Transition {
	return lookUp(p, []Transition{
		{"", Done, phaseCaptured, []Deed{bookTaken, alarmUnasked}},
		{"", OtherSure, phaseCaptured, []Deed{bookTaken, alarmUnasked}},
		{"", Refused, at, []Deed{rest}},
		{"", Gone, at, []Deed{rest}},
		{"", Lost, at, []Deed{rest}},
	})
}

func of(p Phase, rows []Transition) []Transition {
	out := make([]Transition, len(rows))
	for i, r := range rows {
		r.From = p
		out[i] = r
	}
	return out
}

func slicesOf(parts ...[]Transition) []Transition {
	var out []Transition
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// byCause finds a transition.
var byCause = func() map[string]*Transition {
	m := make(map[string]*Transition, len(table))
	for i := range table {
		m[string(table[i].From)+"\x00"+string(table[i].What)] = &table[i]
	}
	return m
}()

func transition(p Phase, w What) *Transition { return byCause[string(p)+"\x00"+string(w)] }

// Table returns the machine of a hold.
func Table() []Transition { return slicesOf(table) }

// Graph draws a machine in the words of Mermaid. What leads from one phase to
// another is on one arrow.
func Graph(table []Transition) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	name := func(p Phase) string { return strings.ReplaceAll(string(p), "/", "_") }
	for i, t := range table {
		first := true
		for _, before := range table[:i] {
			first = first && (before.From != t.From || before.To != t.To)
		}
		if !first {
			continue
		}
		var words []string
		for _, u := range table[i:] {
			if u.From == t.From && u.To == t.To {
				words = append(words, string(u.What))
			}
		}
		fmt.Fprintf(&b, "  %s --> %s: %s\n", name(t.From), name(t.To), strings.Join(words, ", "))
	}
	return b.String()
}

// split is the payment's state of a phase, and the operation that is looked up.
func (p Phase) split() (event.PaymentState, event.Operation) {
	state, of, _ := strings.Cut(string(p), "/")
	if state == string(phaseNone) {
		state = ""
	}
	switch of {
	case "hold":
		return event.PaymentState(state), event.OpAuthorize
	case "capture":
		return event.PaymentState(state), event.OpCapture
	}
	return event.PaymentState(state), ""
}

// phase is that of a hold.
func (h *Hold) phase() Phase {
	p := Phase(h.State)
	if h.State == "" {
		p = phaseNone
	}
	switch h.Check {
	case event.OpAuthorize:
		return p + "/hold"
	case event.OpCapture:
		return p + "/capture"
	case event.OpAdmit, event.OpVoid, event.OpRefund, event.OpLookup, event.OpIncrease, event.OpEnrol, event.OpForget:
	}
	return p
}
