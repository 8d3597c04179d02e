package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// charged is one posting to an account of the store's own, and its business day.
type charged struct {
	day string
	event.HousePosted
}

// charge folds a posting to an account of the store's own. The same key is the
// same posting.
func (b *Books) charge(f event.HousePosted) {
	day := b.day(f.At)
	if b.houseKeys[f.Key] {
		b.fault(FaultHouse, f.Session, day, "posting "+f.Key+" to "+HousePrefix+f.House+" is there twice")
		return
	}
	b.houseKeys[f.Key] = true
	b.house = append(b.house, charged{day, f})
}

// HouseFilter says which accounts are wanted; what is empty is for all.
type HouseFilter struct {
	// Class is that of the accounts. Period is a business day, such as
	// 2026-11-22, or a month of them, such as 2026-11.
	Class, Period string
	// Monthly gives a line for each month in place of each day.
	Monthly bool
}

// HouseLine is what an account of the store's own owes for a period, in minor
// units: what payroll takes off, or whoever runs a meal plan is billed.
type HouseLine struct {
	// ID is the same whenever the same period is exported, so that whoever takes
	// it in does so once.
	ID       string         `json:"id"`
	Period   string         `json:"period"`
	House    string         `json:"house"`
	Account  string         `json:"account"`
	Tender   string         `json:"tender"`
	Currency money.Currency `json:"currency"`
	Visits   int            `json:"visits"`
	Charged  int64          `json:"charged_minor"`
	// GivenBack is positive; Owed is what was charged less that.
	GivenBack int64 `json:"given_back_minor"`
	Owed      int64 `json:"owed_minor"`
	// Final says that the period is closed: nothing of it changes any more. What
	// is posted later is of a later day.
	Final bool `json:"final"`
}

// Owed is what the accounts of the store's own owe, by period, class and account.
func (b *Books) Owed(f HouseFilter) []HouseLine {
	lines := map[string]*HouseLine{}
	visits := map[string]bool{}
	for _, c := range b.house {
		period := c.day
		if f.Monthly {
			period = c.day[:len("2026-11")]
		}
		if f.Class != "" && c.House != f.Class || f.Period != "" && c.day != f.Period && !strings.HasPrefix(c.day, f.Period+"-") {
			continue
		}
		id := HousePrefix + c.House + "/" + c.Account + "/" + period + "/" + string(c.Amount.Currency)
		l := lines[id]
		if l == nil {
			l = &HouseLine{ID: id, Period: period, House: c.House, Account: c.Account, Tender: string(c.Tender), Currency: c.Amount.Currency, Final: b.over(period)}
			lines[id] = l
		}
		if c.Amount.Sign() < 0 {
			l.GivenBack -= c.Amount.Minor
		} else {
			l.Charged += c.Amount.Minor
			if v := id + "\x00" + c.Session; !visits[v] {
				visits[v] = true
				l.Visits++
			}
		}
		l.Owed = l.Charged - l.GivenBack
	}
	all := make([]HouseLine, 0, len(lines))
	for _, id := range sorted(lines) {
		all = append(all, *lines[id])
	}
	slices.SortFunc(all, func(x, y HouseLine) int {
		return cmp.Or(strings.Compare(x.Period, y.Period), strings.Compare(x.House, y.House), strings.Compare(x.Account, y.Account), strings.Compare(string(x.Currency), string(y.Currency)))
	})
	return all
}

// over reports whether a day, or the last of a month, is closed.
func (b *Books) over(period string) bool {
	if first, err := time.Parse("2006-01", period); err == nil {
		period = first.AddDate(0, 1, -1).Format(time.DateOnly)
	}
	return b.closed != "" && period <= b.closed
}

// houseFaults holds what was told of the store's own accounts against what was
// posted to them, by session, class and currency.
func (b *Books) houseFaults() (faults []Fault) {
	type place struct {
		session, account string
		currency         money.Currency
	}
	told, posted := map[place]int64{}, map[place]int64{}
	for _, c := range b.house {
		told[place{c.Session, HousePrefix + c.House, c.Amount.Currency}] += c.Amount.Minor
	}
	for _, l := range b.House(Filter{}) {
		posted[place{l.Session, l.Account, l.Currency}] += l.Balance
	}
	var all []place
	for p := range told {
		all = append(all, p)
	}
	for p := range posted {
		if _, ok := told[p]; !ok {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y place) int {
		return cmp.Or(strings.Compare(x.session, y.session), strings.Compare(x.account, y.account), strings.Compare(string(x.currency), string(y.currency)))
	})
	for _, p := range all {
		if told[p] != posted[p] {
			faults = append(faults, Fault{FaultHouse, p.session, "", "its export says " + money.New(told[p], p.currency).String() + " for " + p.account +
				" and " + money.New(posted[p], p.currency).String() + " is posted there"})
		}
	}
	return faults
}
