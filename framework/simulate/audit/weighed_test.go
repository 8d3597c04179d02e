package audit

import (
	"strings"
	"testing"
)

// A visit that took two portions, 612.4 g together, at 12.90 a kilogram.
const (
	truthBowl   = `{"credential":"tok-3","items":[{"gtin":"09521234003670","qty":2,"mass_mg":612400}],"entered":true}`
	receiptBowl = `{"session":"s3","credential":"tok-3","lines":[{"gtin":"09521234003670","qty":1,"amount_minor":789,"mass_mg":612000,"unit_minor":1290}],"pending":[],"total_minor":789,"state":"house","house":"office"}`
	turnedAway  = `{"credential":"tok-4","items":[],"entered":false}`
)

// TestWeighed: goods that are paid for by their mass are held against it, within the
// scale's division, and their price against the mass; how many pieces it was says nothing.
func TestWeighed(t *testing.T) {
	for _, c := range []struct {
		name, old, now string
		over, under    int
		finding        string
	}{
		{name: "as weighed"},
		{name: "a gram at each more", old: `"amount_minor":789,"mass_mg":612000`, now: `"amount_minor":792,"mass_mg":614000`},
		{name: "more than that", old: `"amount_minor":789,"mass_mg":612000`, now: `"amount_minor":793,"mass_mg":615000`, over: 1, finding: "charged 615000 mg, owed 612400 mg"},
		{name: "somewhat less", old: `"amount_minor":789,"mass_mg":612000`, now: `"amount_minor":785,"mass_mg":609000`},
		{name: "much less", old: `"amount_minor":789,"mass_mg":612000`, now: `"amount_minor":391,"mass_mg":303000`, under: 1, finding: "charged 303000 mg"},
		{name: "rounded the other way", old: `"amount_minor":789`, now: `"amount_minor":790`},
		{name: "another price", old: `"amount_minor":789`, now: `"amount_minor":791`, over: 1, finding: "791 for 612000 mg at 1290 a kilogram"},
		{name: "no whole grams", old: `"mass_mg":612000`, now: `"mass_mg":612001`, over: 1, finding: "612001 mg"},
		{name: "nothing of it", old: `{"gtin":"09521234003670","qty":1,"amount_minor":789,"mass_mg":612000,"unit_minor":1290}`, under: 1, finding: "charged 0 mg"},
	} {
		line := strings.Replace(receiptBowl, c.old, c.now, 1)
		r := audit(t, []string{truthBowl, turnedAway}, []string{line}, nil)
		if r.Overcharged != c.over || r.Undercharged != c.under || r.Exact != 1-c.over-c.under || r.Refused != 1 {
			t.Errorf("%s: %+v", c.name, r)
		}
		if c.finding != "" && (len(r.Findings) == 0 || !strings.Contains(r.Findings[0].Detail, c.finding)) {
			t.Errorf("%s: %+v", c.name, r.Findings)
		}
	}
}
