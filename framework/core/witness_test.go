package core_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// witness is a processor that keeps its own books, in its own words. It loses
// answers, acts late, keeps errors, forgets keys and undoes captures, within
// what it declares. It panics where the core does what must never be done.
type witness struct {
	rt     *rapid.T
	caps   storedef.Processing
	kept   map[string]*kept // by key
	holds  []*wHold
	late   []lateAct
	faults int // so many are left
	// declines is how many further holds after the entry's it declines, failing
	// how many captures it undoes, and refusing how many it refuses.
	declines, failing, refusing int
	said                        map[string]int
	calm                        time.Time // when it last did anything odd
	blind                       map[string]bool
}

// kept is what stands under a key.
type kept struct {
	deed   string
	op     event.Operation
	at     time.Time // when it was first asked for
	seen   time.Time // from when on a look-up finds it
	answer *event.Answer
	broken bool // an error is kept in place of the answer
	found  event.Finding
	result event.Answer
}

type wHold struct {
	key, ref          string
	what              event.HoldPurpose
	held, taken       int64
	voided            bool
	made, expires     time.Time
	captures, undone  int
	captureKey, capRf string
}

type lateAct struct {
	at  time.Time
	ask event.Ask
}

func (h *wHold) live(at time.Time) bool { return !h.voided && h.captures == 0 && at.Before(h.expires) }

// taken is what the shopper has paid.
func (w *witness) taken() (sum int64) {
	for _, h := range w.holds {
		if h.undone == 0 {
			sum += h.taken
		}
	}
	return sum
}

func (w *witness) find(ref string) *wHold {
	for _, h := range w.holds {
		if h.ref == ref {
			return h
		}
	}
	return nil
}

// tick does what the processor does late.
func (w *witness) tick(now time.Time) {
	late := w.late
	w.late = nil
	for _, l := range late {
		if l.at.After(now) {
			w.late = append(w.late, l)
			continue
		}
		w.do(l.ask, l.at)
	}
}

// do carries a movement out, once a key for as long as the key stands.
func (w *witness) do(a event.Ask, now time.Time) event.Answer {
	deed := fmt.Sprint(a.Operation, a.Reference, a.Amount.Minor)
	k := w.kept[a.Key]
	if k != nil && k.deed != deed {
		panic("one key for two deeds: " + k.deed + " and " + deed)
	}
	if k != nil && now.Before(k.at.Add(w.caps.KeyWindow)) {
		if k.broken {
			return event.Answer{ID: a.ID, Outcome: event.OutcomeUnknown, Message: "the error that is kept"}
		}
		if k.answer != nil {
			ans := *k.answer
			ans.ID = a.ID
			return ans
		}
	}
	ans := w.act(a, now)
	ans.ID = a.ID
	found := event.FoundDone
	if ans.Outcome == event.OutcomeRefused {
		found = event.FoundDeclined
	}
	w.kept[a.Key] = &kept{deed: deed, op: a.Operation, at: now, seen: now, answer: &ans, found: found, result: ans}
	return ans
}

// act moves money.
func (w *witness) act(a event.Ask, now time.Time) event.Answer {
	refused := event.Answer{Outcome: event.OutcomeRefused, Message: "no"}
	h := w.find(a.Reference)
	done := event.Answer{Outcome: event.OutcomeDone, Amount: a.Amount, Reference: a.Reference}
	switch a.Operation {
	case event.OpAuthorize:
		if a.For != "" && w.declines > 0 {
			w.declines--
			w.calm = now
			return refused
		}
		for _, other := range w.holds {
			if other.live(now) && other.what == a.For {
				panic(fmt.Sprintf("two holds for one thing (%q) at a time", a.For))
			}
		}
		h = &wHold{key: a.Key, ref: fmt.Sprint("h", len(w.holds)+1), what: a.For, held: a.Amount.Minor, made: now, expires: now.Add(w.caps.HoldLifetime)}
		w.holds = append(w.holds, h)
		done.Reference = h.ref
		until := h.expires
		done.Expires = &until
		return done
	case event.OpIncrease:
		if h == nil || !h.live(now) || !w.caps.Increment || w.refusing > 0 {
			w.refusing = max(0, w.refusing-1)
			return refused
		}
		h.held = a.Amount.Minor
		return done
	case event.OpCapture:
		most := h.held + h.held*int64(w.caps.OverCapture)/1_000_000
		if !h.live(now) || a.Amount.Minor > most || w.refusing > 0 {
			w.refusing = max(0, w.refusing-1)
			return refused
		}
		h.taken, h.captures, h.captureKey, h.capRf = a.Amount.Minor, 1, a.Key, "c-"+h.ref
		done.Reference = h.capRf
		return done
	case event.OpVoid:
		if h == nil || h.captures > 0 || !now.Before(h.expires) {
			return refused
		}
		h.voided = true
		return done
	default:
		panic("nobody asks a processor to " + string(a.Operation))
	}
}

// look says what became of a movement.
func (w *witness) look(a event.Ask, now time.Time) event.Answer {
	ans := event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Found: event.FoundNothing}
	k := w.kept[a.Key]
	if a.Of == event.OpVoid {
		if h := w.find(a.Reference); h != nil && h.voided {
			ans.Found = event.FoundDone
		}
		return ans
	}
	if k == nil || now.Before(k.seen) || k.broken && k.found == "" {
		return ans
	}
	ans.Found, ans.Amount, ans.Expires = k.found, k.result.Amount, k.result.Expires
	ans.Reference = k.result.Reference
	for _, h := range w.holds {
		if h.key == a.Key { // what is held of it now
			if h.voided || h.captures > 0 {
				past := now.Add(-time.Second)
				ans.Expires = &past
			}
			amount := *k.result.Amount
			amount.Minor = h.held
			ans.Amount = &amount
			if a.Amount != nil && h.held != a.Amount.Minor { // raised since
				ans.Amount = a.Amount
			}
		}
		if h.captureKey == a.Key && h.undone > 0 {
			ans.Found = event.FoundDeclined
		}
	}
	return ans
}

// respond answers an ask, with a fault now and then; once there are no more the
// processor is well again, so that the story ends.
func (w *witness) respond(a event.Ask, now time.Time) (ans event.Answer, twice bool) {
	unknown := event.Answer{ID: a.ID, Outcome: event.OutcomeUnknown, Message: "lost"}
	if a.Operation == event.OpAdmit {
		return event.Answer{ID: a.ID, Outcome: event.OutcomeDone}, false
	}
	fault := "none"
	if w.faults > 0 {
		fault = rapid.SampledFrom([]string{"none", "none", "act_lost", "lost", "late", "error", "act_error", "unavailable", "twice", "lookup_fails", "lookup_blind", "crash"}).Draw(w.rt, "fault")
	}
	if fault != "none" {
		w.faults--
		w.calm = now
	}
	w.said[fault]++
	if a.Operation == event.OpLookup {
		if fault == "lookup_fails" || fault == "lost" || fault == "error" {
			return unknown, false
		}
		if !w.caps.LookupByKey && !w.caps.LookupByReference {
			panic("a look-up that the processor does not have")
		}
		ans = w.look(a, now)
		if fault == "lookup_blind" && !w.blind[a.Key] { // once: it asked a copy that lags behind
			w.blind[a.Key] = true
			return event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Found: event.FoundNothing}, false
		}
		w.blind[a.Key] = false
		return ans, fault == "twice"
	}
	switch fault {
	case "lost":
		return unknown, false
	case "act_lost", "act_error":
		before := w.kept[a.Key]
		w.do(a, now)
		if k := w.kept[a.Key]; fault == "act_error" && w.caps.SavesErrors && k != before {
			k.broken = true
		}
		return unknown, false
	case "late": // it has the request, and acts on it within its settling delay
		if w.caps.SettlingDelay > 0 && w.kept[a.Key] == nil {
			w.late = append(w.late, lateAct{now.Add(w.caps.SettlingDelay / 2), a})
		}
		return unknown, false
	case "error":
		if w.caps.SavesErrors && w.kept[a.Key] == nil {
			w.kept[a.Key] = &kept{deed: fmt.Sprint(a.Operation, a.Reference, a.Amount.Minor), op: a.Operation, at: now, seen: now, broken: true}
		}
		return unknown, false
	case "unavailable":
		return event.Answer{ID: a.ID, Outcome: event.OutcomeUnavailable}, false
	case "crash": // the host stops before it hears, and asks again
		w.do(a, now)
	}
	return w.do(a, now), fault == "twice"
}

// anyCaps draws what a processor can do.
func anyCaps(rt *rapid.T) storedef.Processing {
	c := storedef.DefaultProcessing()
	c.KeyWindow = rapid.SampledFrom([]time.Duration{30 * time.Second, 10 * time.Minute, 24 * time.Hour}).Draw(rt, "key_window")
	c.SavesErrors = rapid.Bool().Draw(rt, "saves_errors")
	c.SettlingDelay = rapid.SampledFrom([]time.Duration{0, 5 * time.Second, 90 * time.Second}).Draw(rt, "settling_delay")
	c.SettlingDelay = min(c.SettlingDelay, c.KeyWindow/4) // a key that ends before its movement settles is none
	c.HoldLifetime = rapid.SampledFrom([]time.Duration{time.Hour, 7 * storedef.Day}).Draw(rt, "hold_lifetime")
	if rapid.IntRange(0, 5).Draw(rt, "lookups") == 0 {
		c.LookupByKey, c.LookupByReference = false, false
	}
	c.Increment = rapid.Bool().Draw(rt, "increment")
	if rapid.Bool().Draw(rt, "over") {
		c.OverCapture = 200_000
	}
	return c
}

// wait is how long after the processor is well again everything must be known
// (faults.md, M10), and every hold released or captured.
const wait = 15 * time.Minute

// prompt checks that nothing lingers once the processor is well.
func (w *witness) prompt(n *narrator, from time.Time) {
	if w.calm.After(from) {
		from = w.calm
	}
	if from = from.Add(wait + 2*w.caps.SettlingDelay); n.now.Before(from) || n.unresolved() {
		return
	}
	for _, h := range w.holds {
		if h.live(n.now) && n.now.After(h.made.Add(wait)) {
			w.rt.Fatalf("hold %s for %q stands at %s, though all is well since %s", h.ref, h.what, n.now, from)
		}
	}
	for _, p := range n.state.Settlement.Payments {
		for i := range p.Holds {
			h := &p.Holds[i]
			began := h.Began
			if h.Sought { // looked for before what was declined long ago is asked for again
				began = h.Since
			}
			if (h.Doubtful || h.Check != "") && n.now.After(began.Add(wait)) {
				w.rt.Fatalf("hold %d is in doubt at %s, though all is well since %s", i+1, n.now, from)
			}
		}
	}
}

// unresolved reports whether a person was called for what can't be found out.
func (n *narrator) unresolved() bool {
	for _, all := range []map[string]*settlement.Payment{n.state.Settlement.Payments, n.state.Settlement.Sales} {
		for _, p := range all {
			if slices.Contains(p.Alarms, event.AlarmUnresolved) {
				return true
			}
		}
	}
	return false
}
