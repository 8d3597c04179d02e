package attribution

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// shares is the least probability at which a session shares a doubt. It is
// small, for a shared doubt charges nobody.
const shares = 20_000

// decide weighs the causes and states what follows.
func (x *explanation) decide(causes []cause) {
	x.p = weigh(causes, x.c.Change+x.trace, x.c.Deviation)
	if x.p.best < 0 {
		x.doubtAll("the mass fits nothing that was seen")
		return
	}
	x.foreign()
	x.unnamed()
	for _, session := range x.p.sessions() {
		for _, g := range x.p.moved(session) {
			x.move(session, g)
		}
	}
	x.possiblePuts()
	x.unknownPuts()
	x.unseenPuts()
	for c := range x.p.causes {
		o := x.p.option(x.p.best, c)
		h := x.p.causes[c].hand
		if h != nil && (o.quantity != 0 || o.foreign != 0) {
			x.t.Emit(event.HandSpent{By: h.By, Reason: "it explains a change"})
		}
	}
}

// foreign notes that a foreign thing was taken away again.
func (x *explanation) foreign() {
	for c := range x.p.causes {
		if o := x.p.option(x.p.best, c); o.foreign != 0 {
			x.nobody("a foreign thing was taken away again")
		}
	}
}

// move states what a session did with one product in the best explanation.
func (x *explanation) move(session string, g gs1.GTIN) {
	n := x.p.net(x.p.best, session, g)
	v := x.who.Sessions[session]
	shopper := v != nil && !v.Staff && !x.s.Frozen[session]
	switch {
	case n >= 0 && shopper && x.outweighs(session, g):
	case n == 0:
	case v == nil:
		x.unknown(g, n)
	case v.Staff:
		x.restock(session, g, n)
	case x.s.Frozen[session]:
		x.t.Emit(event.Late{Session: session, By: x.c.By, At: x.t.At})
		x.stray(g, -n)
	case n > 0:
		x.take(session, g, n)
	default:
		x.put(session, g, -n)
	}
}

// take states units that a session took: those that are sure as taken, the
// rest as doubt.
func (x *explanation) take(session string, g gs1.GTIN, n int) {
	kinds := x.kinds(session, g, observe.ActionTake)
	mass, weighed := x.weighed(session, g)
	sure := 0
	counted := x.counted(session, g, n)
	fits := func(row, k int) bool { return x.p.net(row, session, g) >= k }
	if weighed { // how many pieces it was doesn't matter, and that it was nothing else does
		fits = func(row, _ int) bool { return mass > 0 && x.p.net(row, session, g) > 0 && x.p.one(row) }
	}
	if x.c.Restated { // the change is of a time that nobody watched
		kinds = []observe.Kind{observe.KindWeight}
	} else if len(kinds) >= 2 || x.suffices(session, kinds, g) {
		x.certified = len(kinds) < 2
		sure = min(counted, x.sure(n, fits))
		x.certified = false
	}
	after := sure > 0 && x.overtaken(session, g)
	if after {
		sure = 0
	}
	if sure > 0 {
		m := x.moveOf(session, g, sure, kinds, x.p.belief(func(r int) bool { return fits(r, sure) }))
		m.Unit, m.Rate = x.asked(g)
		m.Mass = mass
		x.t.Emit(event.Taken{Move: m})
		x.stray(g, -sure)
	}
	if n > sure && !(weighed && sure > 0) { // its mass is that of all of it
		reason := "not sure enough of what was taken or by whom"
		switch {
		case x.c.Restated:
			reason = "it happened while reports were lost"
		case after:
			reason = "it was told of after one was put back, which may be this"
		case len(kinds) < 2:
			reason = "only one kind of evidence"
		case weighed && mass == 0:
			reason = "how much of it was taken can't be told"
		}
		x.doubt(g, n-sure, sure, false, kinds, reason)
		x.stray(g, -(n - sure))
	}
}

// overtaken reports whether what is told of late may be something that a session has
// put back since, for which another was credited meanwhile because nobody knew that
// this one had it.
func (x *explanation) overtaken(session string, g gs1.GTIN) bool {
	if x.t.At.Before(x.c.Span.Settled.Add(2 * x.t.Store.Store.Attribution.Window)) {
		return false
	}
	taken := x.takenBy(session, g)
	return slices.ContainsFunc(x.s.Hands, func(h *Hand) bool {
		return h.Interaction.Action == observe.ActionPut && h.Spent && !h.Unfelt && h.Span.Onset.After(taken) && x.who.SessionOf(h.Interaction.Track) == session &&
			slices.ContainsFunc(h.Interaction.Candidates, func(c observe.Candidate) bool { return c.GTIN == g })
	})
}

// takenBy is when a session had taken what it took of a product: when its last hand
// that did was gone or, where none was seen, when the bay was at rest.
func (x *explanation) takenBy(session string, g gs1.GTIN) time.Time {
	var last time.Time
	for c := range x.p.causes {
		k := &x.p.causes[c]
		if o := x.p.option(x.p.best, c); k.hand != nil && k.session == session && o.gtin == g && o.quantity > 0 && k.hand.Span.Settled.After(last) {
			last = k.hand.Span.Settled
		}
	}
	if last.IsZero() || last.After(x.c.Span.Settled) {
		return x.c.Span.Settled
	}
	return last
}

// counted returns how many of n units the hands of a session were seen taking.
// Where others were near, what a camera counted bounds what is charged: else the
// scale alone would say how many it was.
func (x *explanation) counted(session string, g gs1.GTIN, n int) int {
	sum, alone := 0, true
	for c := range x.p.causes {
		k := &x.p.causes[c]
		if k.unseen || k.session != session {
			alone = false
			continue
		}
		if k.hand == nil || x.p.option(x.p.best, c).gtin != g {
			continue
		}
		if k.hand.Interaction.Quantity == 0 {
			return n
		}
		sum += k.hand.Interaction.Quantity
	}
	if alone || sum == 0 {
		return n
	}
	return min(n, sum)
}

// suffices reports whether weight alone does for a product on the bay, as the
// store says. Where only being alone in the store speaks for the session, it
// doesn't once the gates may have lost count, or where a camera follows somebody
// there whom no gate told of: a scale says what was taken and never by whom.
func (x *explanation) suffices(session string, kinds []observe.Kind, g gs1.GTIN) bool {
	return slices.Contains(kinds, observe.KindWeight) && certified(x.t, x.c.Bay, g) &&
		!(x.present != nil && (x.uncounted(session) || x.who.Strangers(x.t.Store.Shelf(x.c.Bay).Zones, x.c.Span)))
}

// sure returns the greatest k of at most n for which fits is probable enough to
// charge. What may be wrong beside is what nobody could think of: it and another
// explanation that fits have half each of what the store leaves to error, for of
// all lines that are just probable enough one in a hundred would be wrong. A store
// that certifies one kind of evidence takes that upon itself.
func (x *explanation) sure(n int, fits func(row, k int) bool) int {
	threshold := x.threshold()
	against := threshold.Complement() / 2
	if x.certified {
		against = measure.Certain
	}
	for k := n; k > 0; k-- {
		if x.p.belief(func(r int) bool { return fits(r, k) }) >= threshold && x.p.belief(func(r int) bool { return !fits(r, k) }) <= against {
			return k
		}
	}
	return 0
}

// kinds lists the independent kinds of evidence that agree on what a session
// did: the scale always, a camera where it saw that action by that session.
func (x *explanation) kinds(session string, g gs1.GTIN, action observe.Action) []observe.Kind {
	if x.present != nil {
		return x.present
	}
	out := []observe.Kind{observe.KindWeight}
	for c := range x.p.causes {
		k := &x.p.causes[c]
		if k.session == session && k.hand != nil && k.hand.Interaction.Action == action && x.p.option(x.p.best, c).gtin == g {
			return append(out, observe.KindInteraction)
		}
	}
	if x.alone(session) { // whatever a camera made of the hand
		out = append(out, observe.KindPresence)
	}
	return out
}

// alone reports whether nobody else can have made the change: the hands seen
// are all the session's, nobody else was near, and every camera there was
// working.
func (x *explanation) alone(session string) bool {
	for c := range x.p.causes {
		if k := &x.p.causes[c]; k.unseen || k.session != session {
			return false
		}
	}
	return session != "" && x.unwitnessed(x.t.Store.Shelf(x.c.Bay).Zones)
}

func (x *explanation) moveOf(session string, g gs1.GTIN, n int, kinds []observe.Kind, belief measure.Probability) event.Move {
	return event.Move{Session: session, Bay: x.c.Bay, GTIN: g, Quantity: n, Probability: belief, Kinds: kinds,
		Stray: !x.own(g), Span: x.c.Span, Evidence: x.refs(session), RunnerUp: x.runnerUp(session, g)}
}

// runnerUp is the most probable of the other explanations: what else may have
// been moved, and by whom. It is nil where nothing else is believed.
func (x *explanation) runnerUp(session string, g gs1.GTIN) *event.Alternative {
	best := x.p.net(x.p.best, session, g)
	var all []event.Alternative
	var weights []int64
	for r := range x.p.rows {
		if x.p.net(r, session, g) == best {
			continue
		}
		var a event.Alternative
		for c := range x.p.causes {
			o := x.p.option(r, c)
			if o.gtin == "" || o.quantity == 0 || o.gtin == g && o.quantity == best && x.p.causes[c].session == session {
				continue
			}
			a = event.Alternative{GTIN: o.gtin, Quantity: o.quantity}
			if !x.p.causes[c].unseen {
				a.Session = x.p.causes[c].session
			}
			break
		}
		i := slices.Index(all, a)
		if i < 0 {
			all, weights = append(all, a), append(weights, 0)
			i = len(all) - 1
		}
		weights[i] += x.p.weight[r]
	}
	top := -1
	for i := range all {
		if top < 0 || weights[i] > weights[top] {
			top = i
		}
	}
	if top < 0 {
		return nil
	}
	out := all[top]
	if out.Probability = x.p.share(weights[top]); out.Probability == 0 {
		return nil
	}
	return &out
}

// refs lists the reports that a decision about a session rests on.
func (x *explanation) refs(session string) []event.Ref {
	out := []event.Ref{x.c.By}
	for c := range x.p.causes {
		if k := &x.p.causes[c]; k.hand != nil && (session == "" || k.session == session) {
			out = append(out, k.hand.By)
		}
	}
	return out
}

func (x *explanation) own(g gs1.GTIN) bool { return slices.Contains(x.t.Store.Facings(x.c.Bay), g) }

// stray keeps count of what does not belong on the bay.
func (x *explanation) stray(g gs1.GTIN, n int) { x.strayed(g, n, 0) }

// single is the mass of the one thing that was put on a bay, where the change tells
// of nothing else.
func (x *explanation) single(n int) measure.Mass {
	if n != 1 || x.c.Change <= 0 || x.c.Restated || !x.p.one(x.p.best) {
		return 0
	}
	return x.c.Change
}

// strayed does so where it is known what was put there weighs.
func (x *explanation) strayed(g gs1.GTIN, n int, mass measure.Mass) {
	if x.own(g) || g == "" {
		return
	}
	now := 0
	if b := x.s.Bays[x.c.Bay]; b != nil {
		now = b.Strays[g]
	}
	if next := max(0, now+n); next != now {
		if now > 0 || n != 1 {
			mass = 0
		}
		x.t.Emit(event.StrayChanged{Bay: x.c.Bay, GTIN: g, Quantity: next, Mass: mass})
	}
}

func (x *explanation) restock(session string, g gs1.GTIN, n int) {
	x.t.Emit(event.Restocked{Session: session, Bay: x.c.Bay, GTIN: g, Quantity: -n, Evidence: x.refs(session)})
	x.stray(g, -n)
}

// unknown deals with a hand whose body can't be told: whoever no camera follows
// shares the doubt.
func (x *explanation) unknown(g gs1.GTIN, n int) {
	who := x.insideThen(x.who.Untracked())
	if n < 0 {
		if !x.putElsewhere("", g, -n, true, []observe.Kind{observe.KindWeight}) { // it was named wrongly
			x.doubtCarried(x.s.shoppers(x.who, x.c.Span), "somebody whom no session is known for put back what nobody has", x.fits)
		}
		x.stray(g, -n)
		return
	}
	x.stray(g, -n)
	if len(who) == 0 {
		x.nobody("somebody whom no session is known for")
		return
	}
	x.t.Emit(x.doubted(who, g, n, false, []observe.Kind{observe.KindWeight}, "the track of whoever took it was lost"))
}
