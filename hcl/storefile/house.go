package storefile

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// The years between which it is known how a store's clock runs.
var (
	clockFrom  = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	clockUntil = time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC)
)

// decodeEntering gives who may come in.
func (l *loader) decodeEntering(b *block, s scope) {
	e := &l.store.Entry
	given := b.attribute(argTenders) != nil
	before := len(l.problems)
	chosen := l.listed(b, argTenders, "tender", s, words(storedef.Tenders()))
	e.Tenders = []storedef.Tender{}
	for _, t := range storedef.Tenders() {
		if given && slices.Contains(chosen, string(t)) || !given && (!t.House() || l.store.HasHouse(t)) {
			e.Tenders = append(e.Tenders, t)
		}
	}
	if given && len(e.Tenders) == 0 && len(l.problems) == before {
		l.fail(b, b.at(argTenders), "out_of_bounds", "Nobody could come in", "Name at least one of %s, or leave the argument out.", quoted(words(storedef.Tenders())))
	}
	e.RefuseFunding, e.RefuseRisk = storedef.DefaultRefuseFunding(), storedef.DefaultRefuseRisk()
	if b.attribute(argRefuseFunding) != nil {
		e.RefuseFunding = l.listed(b, argRefuseFunding, "funding", s, storedef.Fundings())
	}
	if b.attribute(argRefuseRisk) != nil {
		e.RefuseRisk = l.listed(b, argRefuseRisk, "answer about risk", s, storedef.Risks())
	}
	e.UnknownFunding, e.UnknownRisk = l.unknown(b, argUnknownFunding, s), l.unknown(b, argUnknownRisk, s)
	if len(e.RefuseFunding) == len(storedef.Fundings()) && e.UnknownFunding == storedef.UnknownRefused {
		l.fail(b, b.at(argRefuseFunding), "out_of_bounds", "No card could come in", "Every funding is refused, and what is not known too.")
	}
	slices.Sort(e.RefuseFunding)
	slices.Sort(e.RefuseRisk)
}

// listed gives words of a list, each of those there are and once.
func (l *loader) listed(b *block, name, what string, s scope, all []string) []string {
	out := []string{}
	for _, i := range l.texts(b, name, s, false) {
		switch w := i.value.AsString(); {
		case !l.word(b, i.rng, what, w, all):
		case slices.Contains(out, w):
			l.fail(b, i.rng, "duplicate", fmt.Sprintf("%q is there twice", w), "Remove one of them.")
		default:
			out = append(out, w)
		}
	}
	return out
}

func (l *loader) unknown(b *block, name string, s scope) storedef.Unknown {
	text, ok := l.text(b, name, s)
	if ok && l.word(b, b.at(name), "way to treat what is not known", text, words(storedef.Unknowns())) {
		return storedef.Unknown(text)
	}
	return storedef.UnknownAccepted
}

func (l *loader) decodeHouses(s scope) {
	for _, b := range l.blocks[blockHouse] {
		s := b.instance.scope(s)
		l.decoded[b.address()] = b
		h := storedef.House{Name: b.title(), Over: storedef.OverPosted}
		if text, ok := l.text(b, "tender", s); ok && l.word(b, b.at("tender"), "tender of house accounts", text,
			words([]storedef.Tender{storedef.TenderBadge, storedef.TenderMealPlan})) {
			h.Tender = storedef.Tender(text)
		}
		h.Requires = l.requires(b, s)
		if text, ok := l.text(b, argOver, s); ok && l.word(b, b.at(argOver), "way to pay what is above the limit", text, words(storedef.Overs())) {
			h.Over = storedef.Over(text)
		}
		l.houseLimits(b, s, &h)
		l.houses[h.Name] = b
		l.store.Houses = append(l.store.Houses, h)
	}
}

// houseLimits decodes how much may be posted to an account.
func (l *loader) houseLimits(b *block, s scope, h *storedef.House) {
	limits := []struct {
		name string
		to   *money.Amount
	}{{argPerVisit, &h.PerVisit}, {argPerDay, &h.PerDay}, {argPerPeriod, &h.PerPeriod}}
	last, lastName := money.Amount{}, ""
	for _, x := range limits {
		if b.attribute(x.name) == nil {
			continue
		}
		a, ok := l.amount(b, x.name, s)
		if !ok {
			continue
		}
		if over, err := last.Cmp(a); lastName != "" && err == nil && over > 0 {
			l.bounds(b, x.name, a.String(), "at least "+lastName+", "+last.String())
			continue
		}
		*x.to, last, lastName = a, a, x.name
	}
	if text, ok := l.text(b, argPeriod, s); ok && l.word(b, b.at(argPeriod), "period", text, words(storedef.Periods())) {
		h.Period = storedef.Period(text)
	}
	switch {
	case b.attribute(argPerPeriod) != nil && b.attribute(argPeriod) == nil && !b.mistyped(argPeriod):
		l.fail(b, b.at(argPerPeriod), "missing_argument", `The argument "period" is missing`, `Say in what it is counted: period = "month" or "week".`)
	case b.attribute(argPerPeriod) == nil && b.attribute(argPeriod) != nil && !b.mistyped(argPerPeriod):
		l.warn(b, b.at(argPeriod), "unused", "Nothing is counted by this period", `Add %s = "...", or remove it.`, argPerPeriod)
	}
	if b.attribute(argOver) != nil && len(h.Over) > 0 && h.PerVisit.IsZero() && !h.Limited() && lastName == "" && h.Over == storedef.OverBorne {
		l.warn(b, b.at(argOver), "unused", "The account has no limit", "Nothing can be above it: add per_visit, per_day or per_period, or remove it.")
	}
}

// checkHouses looks that the store's own accounts and its tenders suit each
// other, and notes how the clock runs where dates decide.
func (l *loader) checkHouses() {
	e := l.one(blockEntry)
	for _, t := range l.store.Entry.Tenders {
		if t.House() && !l.store.HasHouse(t) && len(l.broken[blockHouse]) == 0 {
			l.warn(e, e.at(argTenders), "tender_unserved", fmt.Sprintf("Nobody can come in by %s", t),
				"It is settled to an account of the store's own, and no house block is for it. Write:\nhouse \"NAME\" {\n  tender = \"%s\"\n}", t)
		}
	}
	for i := range l.store.Houses {
		h := &l.store.Houses[i]
		b := l.houses[h.Name]
		if b == nil || h.Tender == "" {
			continue
		}
		if !slices.Contains(l.store.Entry.Tenders, h.Tender) {
			l.warn(b, b.at("tender"), "tender_unserved", fmt.Sprintf("The store does not take %s", h.Tender),
				"Nobody can come in on these accounts. Add %q to the tenders of the entry block.", h.Tender)
		}
		for j := range l.store.Houses[:i] {
			if o := &l.store.Houses[j]; o.Tender == h.Tender && o.Requires == h.Requires {
				l.fail(b, b.header(), "duplicate", fmt.Sprintf("Two houses are for the same %s", h.Tender),
					"It can't be told whether a credential is of %s or of %s. Have them require different attributes.", o.Name, h.Name)
			}
		}
	}
	if slices.ContainsFunc(l.store.Houses, func(h storedef.House) bool { return h.Limited() }) {
		l.store.Clock = clock(l.store.Timezone)
	}
}

// clock lists how far a time zone is ahead of UTC, and from when on.
func clock(zone string) []storedef.ClockChange {
	in, err := time.LoadLocation(zone)
	if err != nil {
		return nil // it was reported
	}
	var out []storedef.ClockChange
	for at := clockFrom; at.Before(clockUntil); {
		_, offset := at.In(in).Zone()
		ahead := time.Duration(offset) * time.Second
		if len(out) == 0 || out[len(out)-1].Ahead != ahead {
			out = append(out, storedef.ClockChange{From: at, Ahead: ahead})
		}
		_, end := at.In(in).ZoneBounds()
		if end.IsZero() {
			break
		}
		if at = at.AddDate(0, 0, 1); end.After(at) { // at least a day on, whatever the zone's tables say
			at = end.UTC()
		}
	}
	return out
}
