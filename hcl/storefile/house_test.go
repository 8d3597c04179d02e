package storefile

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

func TestHouses(t *testing.T) {
	dir := store(t, map[string]string{"houses.hcl": `
entry {
  tenders         = ["meal_plan", "card", "badge"]
  refuse_funding  = []
  unknown_funding = "refuse"
  refuse_risk     = ["elevated", "denied"]
  unknown_risk    = "refuse"
}
house "staff" {
  tender = "badge"
}
house "plan" {
  for_each   = toset(["gold", "basic"])
  tender     = "meal_plan"
  requires   = "plan=${each.value}"
  per_visit  = "8.00 EUR"
  per_day    = "12.00 EUR"
  per_period = "200.00 EUR"
  period     = "month"
  over       = "store"
}
`})
	d, ps := Load(dir, nil)
	if len(ps) != 0 {
		t.Fatal(ps)
	}
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	plan := func(name, requires string) storedef.House {
		return storedef.House{Name: name, Tender: storedef.TenderMealPlan, Requires: requires, PerVisit: eur(800), PerDay: eur(1200), PerPeriod: eur(20000),
			Period: storedef.PeriodMonth, Over: storedef.OverBorne}
	}
	want := []storedef.House{plan(`plan["basic"]`, "plan=basic"), plan(`plan["gold"]`, "plan=gold"), {Name: "staff", Tender: storedef.TenderBadge, Over: storedef.OverPosted}}
	if diff := cmp.Diff(want, d.Store.Houses); diff != "" {
		t.Error(diff)
	}
	e := d.Store.Entry
	if diff := cmp.Diff([]storedef.Tender{storedef.TenderCard, storedef.TenderBadge, storedef.TenderMealPlan}, e.Tenders); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"denied", "elevated"}, e.RefuseRisk); diff != "" || len(e.RefuseFunding) != 0 ||
		e.UnknownFunding != storedef.UnknownRefused || e.UnknownRisk != storedef.UnknownRefused {
		t.Errorf("%+v %s", e, diff)
	}
}

// TestClock holds what is kept of a zone to the zone itself, also where its
// tables end and where its rules are odd.
func TestClock(t *testing.T) {
	for _, name := range []string{"Europe/Lisbon", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		s := storedef.Store{Clock: clock(name)}
		if len(s.Clock) == 0 || len(s.Clock) > 200 {
			t.Errorf("%s changes %d times", name, len(s.Clock))
		}
		for at := clockFrom; at.Before(clockUntil); at = at.Add(31 * time.Hour) {
			want := at.In(zone).Format(time.DateTime)
			if got := s.Local(at).Format(time.DateTime); got != want {
				t.Errorf("%s at %s: %s, want %s", name, at, got, want)
				break
			}
		}
	}
	lisbon := storedef.Store{Clock: clock("Europe/Lisbon")} // an hour ahead in summer
	late := time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC)
	if lisbon.SameDay(late, late.Add(-time.Hour)) || !lisbon.SameDay(late, late.Add(time.Hour)) {
		t.Error("the day is not the store's")
	}
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	if lisbon.SamePeriod(storedef.PeriodWeek, sunday, sunday.Add(24*time.Hour)) || !lisbon.SamePeriod(storedef.PeriodWeek, sunday, sunday.Add(-6*24*time.Hour)) {
		t.Error("the week does not begin on Monday")
	}
	if lisbon.SamePeriod(storedef.PeriodMonth, sunday, sunday.AddDate(0, 0, 9)) || !lisbon.SamePeriod(storedef.PeriodMonth, sunday, sunday.AddDate(0, 0, 8)) {
		t.Error("the month is not the calendar's")
	}
}
