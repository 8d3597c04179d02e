package settlement

import (
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

// enoughAbsent is how often a look-up must find nothing, each after the settling
// delay and the time a request may be under way, before it is believed that nothing moved and nothing will.
const enoughAbsent = 2

// underWay is the longest that a request may still be on its way: a network may
// deliver it late, or twice, long after nobody waits for its answer.
const underWay = time.Minute

// patience is how often a processor that keeps errors under their key may say
// "later" before what it keeps is looked up.
const patience = 3

// matter is one answer to one hold's ask.
type matter struct {
	p    *Payment
	h    *Hold
	caps storedef.Processing
	ask  *event.Ask
	a    event.Answer
	at   time.Time
	// undone says that the capture or refund of the answer was said to have failed.
	undone bool
}

// judge says what an answer means for a hold's machine.
func (m matter) judge() What {
	look := m.ask.Operation == event.OpLookup
	switch m.a.Outcome {
	case event.OutcomeDone:
		if m.contested(look) {
			return Contested
		}
		if look {
			return m.found()
		}
		return m.done()
	case event.OutcomeRefused:
		return m.refused(look)
	case event.OutcomeUnavailable:
		switch {
		case look, m.caps.SavesErrors && m.h.Attempt >= patience:
			return Unknown
		}
		return Later
	case event.OutcomeUnknown:
	}
	return Unknown
}

// done is a movement that the processor says it made.
func (m matter) done() What {
	switch m.ask.Operation {
	case event.OpAuthorize, event.OpIncrease, event.OpCapture, event.OpRefund:
		if m.a.Amount == nil || *m.a.Amount != m.h.Due {
			return Other
		}
		if m.ask.Operation == event.OpAuthorize && m.over() {
			return Over
		}
	case event.OpVoid:
		if m.strange() {
			return Elsewhere
		}
	case event.OpAdmit, event.OpLookup, event.OpEnrol, event.OpForget:
	}
	return Done
}

// strange reports whether another host may have captured what is said to be released. One
// that goes on with another copy of the journal may have seen what this one did not (an exit,
// something taken), and the notice of its capture may be lost. A processor that releases what
// a capture left says yes to the release of what is captured, too: that proves nothing, and
// each such hold costs a look-up, and more where this host's own capture of it was refused. Any
// other processor's yes is the proof, unless a notice speaks against it.
func (m matter) strange() bool {
	return m.caps.LookupByKey && (m.h.Elsewhere != "" || m.caps.VoidAfterCapture)
}

// ended reports whether a look-up of a capture that finds nothing proves that there is none:
// its hold is released, so that nothing can be captured of it any more, and what was before that is
// settled. Where another key is looked under than the one that comes first it takes more: see found.
func (m matter) ended() bool {
	return m.h.State == event.PaymentVoided && m.h.Elsewhere == "" && !m.at.Before(m.h.Told.Add(m.caps.SettlingDelay))
}

// contested reports whether what says that a capture or a refund was made may
// have been true before a notice said that it failed, and is not now: any call,
// which repeats what it said under its key, and the look-up that was out when the
// notice came.
func (m matter) contested(look bool) bool {
	switch {
	case m.h.Contested == "" && !m.undone || !m.h.canLook(m.caps, event.OpCapture):
		return false
	case look:
		return m.a.Found == event.FoundDone && m.ask.ID == m.h.Contested
	}
	return m.ask.Operation == event.OpCapture || m.ask.Operation == event.OpRefund
}

// over reports whether the hold of the answer has lapsed.
func (m matter) over() bool {
	if m.a.Expires != nil {
		return !m.at.Before(*m.a.Expires)
	}
	return !m.h.Expires.IsZero() && !m.at.Before(m.h.Expires)
}

// refused is a movement that the processor won't make. One whose first ask may
// have had an effect is found out about, and so is what is refused for being
// there already. Of a release that is refused the hold tells: there is nothing
// else to find out.
func (m matter) refused(look bool) What {
	switch {
	case look:
		return Unknown // the look-up was refused, not the movement
	case m.repeated():
		return Repeat
	case m.foreign():
		return Unknown
	case (m.h.Doubtful || m.overtaken()) && m.ask.Operation != event.OpVoid && m.h.canLook(m.caps, m.ask.Operation):
		return Unknown
	case m.ask.Operation == event.OpCapture && above(m.h.Due, m.h.Amount):
		return Beyond
	case m.ask.Operation == event.OpVoid && (m.h.CaptureKey != "" || m.elsewhere()):
		return Taken
	}
	return Refused
}

// elsewhere reports whether another host, that goes on with another copy of the
// journal, may have captured a hold whose release is refused though it stands: it
// would have done so under the key that a first capture has here.
func (m matter) elsewhere() bool {
	return (m.h.Ordinals.Void > 1 || m.h.Elsewhere != "") && m.caps.LookupByKey
}

// foreign reports whether a further hold, or that of a visit let in without one, is refused in
// a way that may mean that its key stands for another sum: another host, that goes on with
// another copy of the journal, may have asked for that under it.
func (m matter) foreign() bool {
	differs := m.h.For != "" || m.p.Offline != nil // that of the entry is the same wherever it is asked for
	return differs && m.ask.Operation == event.OpAuthorize && m.h.Ordinals.Authorize <= 1 && m.a.Code == fault.Invalid && m.caps.LookupByKey
}

// overtaken reports whether what is refused may yet be done: it was sent under the
// same key before, nobody knows what became of that, and it may be under way. A
// processor that keeps what it answers under a key repeats the refusal to it; any
// other acts on it when it comes.
func (m matter) overtaken() bool {
	return !m.caps.SavesErrors && !m.h.Loose.IsZero() && m.at.Before(m.h.Loose.Add(underWay))
}

// repeated reports whether a refusal says that the movement was made before, or
// that its key stands for another: somebody asks for the same twice. The first
// capture of a hold is looked up even where it was asked for only once: another
// host may have taken another sum under its key.
func (m matter) repeated() bool {
	first := m.ask.Operation == event.OpCapture && m.h.Ordinals.Capture <= 1
	return m.a.Code == fault.Invalid && (m.h.Attempt > 1 || first) || strings.Contains(strings.ToLower(m.a.Message), "duplicate")
}

// found is what a look-up says.
func (m matter) found() What {
	switch m.a.Found {
	case event.FoundDone:
		return m.foundDone()
	case event.FoundDeclined:
		return Refused
	case event.FoundNothing:
		switch {
		case m.ended():
			return Gone
		case !m.proves() || m.h.Absent+1 < enoughAbsent:
			return Absent
		case m.h.State == event.PaymentAuthorizing && m.h.Check == "" && !m.p.wants(m.h):
			return Refused
		case m.once():
			return Unsent
		}
		return Gone
	case event.FoundPending:
		return Pending
	}
	return Unknown
}

// once reports whether a movement that left no trace may go out under its key once more:
// it was never sent, but looked up first (late); or its key may be forgotten; or it was sent
// only once to a processor that keeps what it answers under the key. Whether it acts or
// repeats an error, nothing else can act under the key from then on, not even a request of
// another host that goes on with an older copy of the journal. A new key leaves the old one
// to that host.
func (m matter) once() bool {
	switch m.ask.Of {
	case event.OpAuthorize, event.OpIncrease, event.OpCapture, event.OpRefund:
		spent := m.caps.SavesErrors && m.h.Sends > 1
		fresh := m.h.Sends == 0 || m.caps.SavesErrors || !m.h.usable(m.caps, m.at.Add(afterAbsent))
		return m.h.Check == "" && !spent && fresh
	case event.OpVoid, event.OpLookup, event.OpAdmit, event.OpEnrol, event.OpForget:
	}
	return false
}

// proves reports whether a look-up that finds nothing now says anything.
func (m matter) proves() bool { return !m.at.Before(m.h.provable(m.caps)) }

// provable is from when on a look-up that finds nothing says something: the
// processor's settling delay is over since the last answer to the movement, and
// since no request for it could be under way any more: one that arrives at the
// last moment is not found for as long either.
func (h *Hold) provable(caps storedef.Processing) time.Time {
	told, sent := h.Told.Add(caps.SettlingDelay), h.Sent.Add(underWay+caps.SettlingDelay)
	if told.Before(sent) {
		return sent
	}
	return told
}

func (m matter) foundDone() What {
	expected := m.h.Due
	switch m.ask.Of {
	case event.OpVoid:
		if m.strange() {
			return Elsewhere
		}
		return Done
	case event.OpAuthorize:
		if m.over() {
			return Over
		}
		if m.renamed() {
			return Renamed
		}
		if m.h.Check != "" {
			expected = m.h.Amount
		}
	case event.OpCapture:
		if m.p.booked(m.a.Reference, m.h) {
			return Refused // it is another hold's
		}
		expected = m.h.Wanted
		if m.h.Captured != nil {
			expected = *m.h.Captured
		}
		if m.a.Amount != nil && m.a.Amount.Currency != m.p.currency(m.h) {
			return Unknown // it can't be booked: nobody believes it
		}
	case event.OpIncrease, event.OpRefund, event.OpAdmit, event.OpLookup, event.OpEnrol, event.OpForget:
	}
	switch {
	case m.a.Amount == nil:
		return Unknown
	case *m.a.Amount != expected:
		return OtherSure
	}
	return Done
}

// renamed reports whether what is to be released is over, and its key stands for another
// hold by now: the key was forgotten, and used once more by another host. Nobody else
// releases that.
func (m matter) renamed() bool {
	return m.h.State == event.PaymentVoiding && m.h.Check == event.OpAuthorize && m.a.Reference != "" && m.h.Reference != "" && m.a.Reference != m.h.Reference && m.a.Amount != nil
}

// above reports whether a is more than b; amounts of two currencies are.
func above(a, b money.Amount) bool {
	over, err := a.Cmp(b)
	return err != nil || over > 0
}

// wants reports whether anybody wants what a hold is for.
func (p *Payment) wants(h *Hold) bool {
	if p.Unwanted {
		return false
	}
	_, owed := p.owed()
	return h.For == event.HoldDebt || !p.Frozen || owed
}

// caps is what the processor of a payment can do.
func (p *Payment) caps(t *turn.Turn) storedef.Processing {
	if p.House != "" {
		return houseProcessing()
	}
	return t.Store.Processing(p.device(t))
}

// canLook reports whether what became of an operation can be looked up.
func (h *Hold) canLook(caps storedef.Processing, of event.Operation) bool {
	return caps.LookupByKey && of != event.OpVoid || caps.LookupByReference && h.Reference != ""
}

// usable reports whether the key of the movement under way still stands for it:
// 80 % of the processor's window are not over (money.md 6.2, rule 3).
func (h *Hold) usable(caps storedef.Processing, at time.Time) bool {
	return h.First.IsZero() || at.Before(h.First.Add(caps.KeyWindow/5*4))
}

// overdue reports whether a movement goes out for the first time so long after it was to that
// another host may have made it under the same key, and the processor have forgotten that. It
// is looked up first.
func (h *Hold) overdue(caps storedef.Processing, of event.Operation, at time.Time) bool {
	if !h.First.IsZero() || h.Absent >= enoughAbsent || !h.canLook(caps, of) {
		return false
	}
	return h.Began.Equal(longAgo) || !h.RetryAt.IsZero() && !at.Before(h.RetryAt.Add(caps.KeyWindow/5*4))
}
