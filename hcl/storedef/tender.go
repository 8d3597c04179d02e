package storedef

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Tender is how somebody pays who comes in.
type Tender string

// The tenders.
const (
	TenderCard Tender = "card"
	// TenderWallet is a card in a telephone or watch.
	TenderWallet Tender = "wallet"
	// TenderApp is a code that the store's or somebody else's app shows.
	TenderApp  Tender = "app"
	TenderPalm Tender = "palm"
	// TenderBadge and TenderMealPlan are settled to accounts of the store's own:
	// see House.
	TenderBadge    Tender = "badge"
	TenderMealPlan Tender = "meal_plan"
	// TenderUnknown is what a reader can't tell; it is never written.
	TenderUnknown Tender = "unknown"
)

// Tenders lists those that may be written.
func Tenders() []Tender {
	return []Tender{TenderCard, TenderWallet, TenderApp, TenderPalm, TenderBadge, TenderMealPlan}
}

// House reports whether a tender is settled to an account of the store's own and
// never to a card.
func (t Tender) House() bool { return t == TenderBadge || t == TenderMealPlan }

// TenderOf is the tender of a credential: what its reader says of it by an
// attribute, or else how it was presented.
func TenderOf(m observe.Method, attributes []string) Tender {
	if said, ok := observe.AttributeOf(attributes, observe.AttributeTender); ok {
		if t := Tender(said); slices.Contains(Tenders(), t) {
			return t
		}
		return TenderUnknown
	}
	switch m {
	case observe.MethodCard:
		return TenderCard
	case observe.MethodPalm:
		return TenderPalm
	case observe.MethodBadge:
		return TenderBadge
	case observe.MethodCode:
		return TenderApp
	case observe.MethodUnknown:
	}
	return TenderUnknown
}

// Accepts reports whether a tender may enter. A definition that names none, as
// one of an older version, takes all.
func (e *Entry) Accepts(t Tender) bool { return e.Tenders == nil || slices.Contains(e.Tenders, t) }

// Fundings lists the funding types that may be refused: those of sdk/payment.
func Fundings() []string { return []string{"credit", "debit", "prepaid", "gift", "ebt"} }

// DefaultRefuseFunding is what a store refuses that says nothing: of neither can
// an amount be held and taken later without its holder.
func DefaultRefuseFunding() []string { return []string{"gift", "ebt"} }

// Risks lists the answers of a processor about risk that may be refused.
func Risks() []string { return []string{"low", "elevated", "denied"} }

// DefaultRefuseRisk is what a store refuses that says nothing.
func DefaultRefuseRisk() []string { return []string{"denied"} }

// Unknown is what a store does with what nobody told it.
type Unknown string

// The ways.
const (
	UnknownAccepted Unknown = "accept"
	UnknownRefused  Unknown = "refuse"
)

// Unknowns lists what may be written, the default first.
func Unknowns() []Unknown { return []Unknown{UnknownAccepted, UnknownRefused} }

// RefusesFunding reports whether somebody with an instrument of this funding is
// not let in; empty means that it is not known.
func (e *Entry) RefusesFunding(funding string) bool {
	if funding == "" || funding == "unknown" {
		return e.UnknownFunding == UnknownRefused
	}
	return slices.Contains(e.RefuseFunding, funding)
}

// RefusesRisk reports whether somebody is not let in of whom the processor says
// this; empty means that it said nothing.
func (e *Entry) RefusesRisk(risk string) bool {
	if risk == "" || risk == "unknown" {
		return e.UnknownRisk == UnknownRefused
	}
	return slices.Contains(e.RefuseRisk, risk)
}

// House is a class of accounts of the store's own: what visits on its badges or
// meal plans cost is posted to them, and somebody else has it paid.
type House struct {
	// Name is the block's label: the account in the books is house:NAME.
	Name   string `json:"name"`
	Tender Tender `json:"tender"`
	// Requires is the attribute that the credential must have, such as
	// "plan=gold"; empty for every credential of the tender.
	Requires string `json:"requires,omitempty"`
	// PerVisit, PerDay and PerPeriod are the most that is posted to one account in
	// a visit, a local day and a Period; zero for no limit. Who has reached one is
	// not let in.
	PerVisit  money.Amount `json:"per_visit,omitzero"`
	PerDay    money.Amount `json:"per_day,omitzero"`
	PerPeriod money.Amount `json:"per_period,omitzero"`
	Period    Period       `json:"period,omitempty"`
	// Over is who pays what a visit takes above the limits; empty for OverPosted.
	Over Over `json:"over,omitempty"`
}

// Period is what limits of a house account are counted in.
type Period string

// The periods, by the store's local date.
const (
	// PeriodWeek begins on Monday (ISO 8601).
	PeriodWeek  Period = "week"
	PeriodMonth Period = "month"
)

// Periods lists what may be written.
func Periods() []Period { return []Period{PeriodWeek, PeriodMonth} }

// Over is who pays what a visit takes above the limits of its account.
type Over string

// The ways.
const (
	// OverPosted posts it to the account all the same: the next visit is refused.
	OverPosted Over = "post"
	// OverBorne leaves it to the store.
	OverBorne Over = "store"
)

// Overs lists what may be written, the default first.
func Overs() []Over { return []Over{OverPosted, OverBorne} }

// Limited reports whether a class has limits that are counted by date.
func (h *House) Limited() bool { return !h.PerDay.IsZero() || !h.PerPeriod.IsZero() }

// ClockChange says how far the store's clock is ahead of UTC from an instant on.
// They are kept where dates decide about money, for a pure room loads no zones.
type ClockChange struct {
	From  time.Time     `json:"from"`
	Ahead time.Duration `json:"ahead"`
}

// HouseOf finds the class of house accounts that a credential is of: the first
// whose attribute it has, or else the first that asks for none; nil for none.
func (x *Index) HouseOf(t Tender, attributes []string) *House {
	var all *House
	for i := range x.Store.Houses {
		h := &x.Store.Houses[i]
		switch {
		case h.Tender != t:
		case h.Requires == "":
			if all == nil {
				all = h
			}
		case slices.Contains(attributes, h.Requires):
			return h
		}
	}
	return all
}

// House returns the class of house accounts of a name, or nil.
func (x *Index) House(name string) *House {
	for i := range x.Store.Houses {
		if x.Store.Houses[i].Name == name {
			return &x.Store.Houses[i]
		}
	}
	return nil
}

// Local is an instant by the store's clock, written as if it were UTC; in UTC
// where the definition does not say how the clock runs.
func (s *Store) Local(at time.Time) time.Time {
	i, _ := slices.BinarySearchFunc(s.Clock, at, func(c ClockChange, at time.Time) int {
		if c.From.After(at) {
			return 1
		}
		return -1
	})
	if i == 0 {
		return at.UTC()
	}
	return at.UTC().Add(s.Clock[i-1].Ahead)
}

// SameDay and SamePeriod report whether two instants are in one local day, or
// one period.
func (s *Store) SameDay(a, b time.Time) bool {
	return s.Local(a).Format(time.DateOnly) == s.Local(b).Format(time.DateOnly)
}

// SamePeriod reports whether two instants are in one period.
func (s *Store) SamePeriod(p Period, a, b time.Time) bool {
	a, b = s.Local(a), s.Local(b)
	switch p {
	case PeriodWeek:
		ay, aw := a.ISOWeek()
		by, bw := b.ISOWeek()
		return ay == by && aw == bw
	case PeriodMonth:
		return a.Year() == b.Year() && a.Month() == b.Month()
	}
	return true
}

// HasHouse reports whether a class of house accounts serves a tender.
func (s *Store) HasHouse(t Tender) bool {
	return slices.ContainsFunc(s.Houses, func(h House) bool { return h.Tender == t })
}

// HouseAccount is the account of a class in the books.
func HouseAccount(class string) string { return HousePrefix + class }

// HousePrefix begins the accounts of house classes in the books.
const HousePrefix = "house:"
