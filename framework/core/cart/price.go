package cart

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core/attribution"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// AgeAttribute is the attribute of a credential by which whoever issued it says
// how old its holder is at least: "age_over=18".
const AgeAttribute = "age_over="

// release notes that a member of staff saw that a buyer is old enough, before
// the cart is closed. Later it is a pending line that is decided.
func (s *State) release(t *turn.Turn) {
	o, ok := t.Input.(event.StaffOrder)
	if !ok || o.Order != event.OrderRelease {
		return
	}
	if c := s.Carts[o.Session]; c != nil && !c.Frozen && !c.Staff && !c.Released {
		t.Emit(event.LineDecided{Session: o.Session, Decision: event.DecideRelease, Actor: o.Actor, Reason: o.Reason, At: t.At})
	}
}

// oldEnough reports whether a buyer is known to be of an age.
func (c *Cart) oldEnough(age int) bool { return c.Released || OldEnough(c.Attributes, age) }

// OldEnough reports whether the attributes of a credential say that its holder
// is of an age.
func OldEnough(attributes []string, age int) bool {
	return slices.ContainsFunc(attributes, func(a string) bool {
		text, ok := strings.CutPrefix(a, AgeAttribute)
		over, err := strconv.Atoi(text)
		return ok && err == nil && over >= age
	})
}

// sell makes the line of units that are sure. One whose buyer must be of an age
// waits until somebody has seen that.
func (c *Cart) sell(t *turn.Turn, l event.CartLine, lines []event.CartLine, pending []event.PendingLine) ([]event.CartLine, []event.PendingLine) {
	p := t.Store.Product(l.GTIN)
	if p == nil || p.Age == 0 || c.oldEnough(p.Age) {
		return append(lines, l), pending
	}
	until := t.At.Add(cmp.Or(t.Store.Store.Receipt.AgeWithin, storedef.DefaultAgeWithin))
	return lines, append(pending, event.PendingLine{GTIN: l.GTIN, Quantity: l.Quantity, Mass: l.Mass, Picked: l.Picked, Age: p.Age, Until: &until,
		Reason: "a member of staff must see that the buyer is " + strconv.Itoa(p.Age) + " or older", Why: l.Why})
}

// prices are what was asked during a visit.
type prices struct {
	what  *attribution.State
	since time.Time
	exit  time.Time
}

// atExit lowers what was picked to what was asked when the party left, or since.
func (p prices) atExit(t *turn.Turn, g gs1.GTIN, picked []event.Pick) []event.Pick {
	unit, rate := p.what.Asked(t, g, p.exit)
	out := slices.Clone(picked)
	for i := range out {
		if k := &out[i]; k.Unit.Currency == unit.Currency {
			k.Unit.Minor, k.Rate = min(k.Unit.Minor, unit.Minor), min(k.Rate, rate)
		}
	}
	return out
}

// pinned is what units of a pending line cost at most, whenever it is decided:
// what they cost when they were picked or, where that is not known, the least
// that was asked during the visit.
func pinned(t *turn.Turn, asked prices, g gs1.GTIN, n int, mass measure.Mass, picked []event.Pick) []event.Pick {
	p := t.Store.Product(g)
	if len(picked) > 0 || p == nil {
		return asked.atExit(t, g, picked)
	}
	k := event.Pick{Quantity: n, Mass: mass, At: t.At}
	k.Unit, k.Rate = asked.what.Asked(t, g, asked.since)
	return []event.Pick{k}
}

// weighed tells how much of weighed goods is sure. How many pieces it is says
// only whether there is anything left; a piece in doubt puts all of it in doubt,
// for nobody knows how much of it that piece was.
func weighed(t *turn.Turn, g gs1.GTIN, l *Line) (sure event.CartLine, pending []event.PendingLine) {
	if l.sure() > 0 && l.Mass >= measure.Gram {
		sure = event.CartLine{GTIN: g, Quantity: l.sure(), Mass: l.Mass, Picked: l.Picked, Why: l.Why}
	}
	ask := t.Store.Store.Attribution.ReviewAbove
	if len(l.Back) > 0 && sure.Quantity > 0 && l.Back[0].Probability < ask {
		sure.Quantity = 0
	}
	if len(l.Back) > 0 && sure.Quantity > 0 {
		pending = append(pending, event.PendingLine{GTIN: g, Quantity: sure.Quantity, Mass: sure.Mass, Doubt: l.Back[0].ID, Reason: l.Back[0].Reason,
			Picked: l.Picked, Why: l.Back[0].Why})
		sure.Quantity = 0
	}
	for i := range l.Maybe {
		d := &l.Maybe[i]
		if d.Probability < ask {
			continue
		}
		pending = append(pending, event.PendingLine{GTIN: g, Quantity: d.Quantity, Mass: d.Pick.Mass, Doubt: d.ID, Reason: d.Reason,
			Picked: d.picked(d.Quantity), Why: d.Why})
	}
	return sure, pending
}

// picked is what n units of a doubt cost when they were picked.
func (d *Doubt) picked(n int) []event.Pick {
	k := d.Pick
	k.Quantity = n
	return appendPick(nil, k)
}
