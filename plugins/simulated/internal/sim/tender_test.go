package sim_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const canteen = "../../../../examples/canteen/scene.json"

// counterOf lets everybody in at the canteen's door.
func counterOf(t *testing.T, shoppers int, change func(*scene.Scene)) *watcher {
	sc, err := scene.Load(canteen)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(sc)
	}
	w := &watcher{t: t, scene: sc, tl: timeline.New(opening), expires: 20 * time.Second}
	w.world = sim.New(sc, w.tl, sim.Options{Seed: 5, Shoppers: shoppers, Basket: 8, Arrivals: 12 * time.Second, FirstVisit: 1, Profile: sim.Harsh()}, w)
	return w.run()
}

// TestTenders: shoppers come by the shares of the scene, readers say what they pay by,
// and not of every card how it is funded.
func TestTenders(t *testing.T) {
	w := counterOf(t, 400, func(sc *scene.Scene) {
		list, err := scene.ParseShoppers("badge=4,meal_plan=2,wallet,prepaid=2,card")
		if err == nil {
			err = sc.SetShoppers(list)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	count := map[string]int{}
	unsaid := 0
	for _, c := range of[observe.Credential](w) {
		if slices.Contains(w.scene.Staff, c.Token) {
			continue
		}
		what := c.Method.String()
		if tender, ok := observe.AttributeOf(c.Attributes, observe.AttributeTender); ok {
			what = tender
		}
		funding, said := observe.AttributeOf(c.Attributes, observe.AttributeFunding)
		switch knows := w.world.Funding(c.Token); {
		case knows == "prepaid":
			what = knows
			if !said {
				unsaid++
			}
		case knows != "" || said:
			t.Errorf("%s is funded %q, and its reader says %q", c.Token, knows, funding)
		}
		count[what]++
	}
	for what, share := range map[string]int{"badge": 4, "meal_plan": 2, "wallet": 1, "prepaid": 2, "card": 1} {
		if want := share * 40; count[what] < want*6/10 || count[what] > want*14/10 {
			t.Errorf("%d come by %s, want about %d", count[what], what, want)
		}
	}
	if unsaid == 0 || unsaid == count["prepaid"] {
		t.Errorf("of %d prepaid cards %d are not told by the reader", count["prepaid"], unsaid)
	}
	if w.world.Funding("tok-6-000001") != "" || w.world.Funding("badge-kitchen") != "" {
		t.Error("something is known of credentials that are not this world's")
	}
}

// TestShoppersRefused: what can't be is said when the world is opened.
func TestShoppersRefused(t *testing.T) {
	sc, err := scene.Load(canteen)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]scene.Shoppers{
		{{Kind: "cheque"}}, {{Kind: "palm"}}, {{Kind: "badge", Share: -1}}, {{Kind: "badge", Share: 1_000_001}}, {{Kind: "badge", Attributes: []string{"Plan"}}},
	} {
		if err := sc.SetShoppers(list); err == nil {
			t.Errorf("%+v is taken", list)
		}
	}
	for _, text := range []string{"badge=x", "badge=0"} {
		if _, err := scene.ParseShoppers(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestWeighed: portions differ, the truth says how much of them was taken, a scale for
// trade tells every one of them whatever the noise, and nobody owes for what they are
// not known to be old enough for.
func TestWeighed(t *testing.T) {
	const salad, beer = gs1.GTIN("09521234003670"), gs1.GTIN("09521234003786")
	w := counterOf(t, 60, nil)
	adult := map[string]bool{}
	for _, c := range of[observe.Credential](w) {
		adult[c.Token] = slices.Contains(c.Attributes, "age_over=18")
	}
	bowls, beers := map[measure.Mass]bool{}, 0
	for _, v := range w.visits {
		for _, i := range v.Items {
			switch {
			case i.GTIN == salad && i.Qty == 1:
				bowls[i.Mass] = true
			case i.GTIN != salad && i.Mass != 0:
				t.Errorf("%s has a mass of %v", i.GTIN, i.Mass)
			case i.GTIN == beer:
				beers++
				if !adult[v.Credential] {
					t.Errorf("%s owes for beer", v.Credential)
				}
			}
		}
	}
	if len(bowls) < 5 || beers == 0 {
		t.Errorf("%d bowls of different mass, %d visits with beer", len(bowls), beers)
	}
	var last measure.Mass
	exact := 0
	for _, r := range of[observe.Weight](w) {
		if r.Bay != 7 {
			continue
		}
		for m := range bowls {
			if off := last - r.Mass - m; off > -measure.Gram/5 && off < measure.Gram/5 {
				exact++
				break
			}
		}
		last = r.Mass
	}
	if exact < len(bowls)/2 {
		t.Errorf("the scale tells %d of %d bowls", exact, len(bowls))
	}
}
