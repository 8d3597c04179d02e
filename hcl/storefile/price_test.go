package storefile

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
)

const nutsGTIN, beerGTIN, sampleGTIN, colaGTIN gs1.GTIN = "09521234000112", "09521234000228", "09521234000334", "05449000000996"

func TestPrices(t *testing.T) {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	dir := store(t, map[string]string{"prices.hcl": read(t, "testdata/good/prices.hcl")})
	d, ps := Load(dir, nil)
	if len(ps) != 0 {
		t.Fatal(ps)
	}
	s := d.Store
	products := map[gs1.GTIN]storedef.Product{}
	for _, p := range s.Products {
		p.Mass, p.MassDeviation = 0, 0
		products[p.GTIN] = p
	}
	delete(products, colaGTIN)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"taxes", s.Taxes, []storedef.Tax{{Name: "city", Rate: 88_750, Added: true}, {Name: "none"}, {Name: "standard", Rate: 230_000}}},
		{"deposits", s.Deposits, []storedef.Deposit{{Name: "can", Title: "Deposit, can", Amount: eur(10), Tax: "none"}}},
		{"products", products, map[gs1.GTIN]storedef.Product{
			nutsGTIN:   {Name: "nuts", GTIN: nutsGTIN, Title: "Nuts", Price: eur(1899), PricePer: storedef.PerKilogram, Tax: "city"},
			beerGTIN:   {Name: "beer", GTIN: beerGTIN, Title: "Beer 330 ml", Price: eur(180), Label: eur(175), Tax: "standard", Deposit: "can", Age: 18},
			sampleGTIN: {Name: "sample", GTIN: sampleGTIN, Title: "Sample", Price: eur(0), Tax: "standard"},
		}},
		{"promotions", s.Promotions, []storedef.Promotion{
			{Name: "five_off", Title: "5 off 50", Amount: eur(500), Least: eur(5000)},
			{Name: "members", Title: "For members", Products: []gs1.GTIN{colaGTIN}, Take: 1, Price: eur(150), Requires: "loyalty=gold"},
			{Name: "nuts", Title: "A tenth off nuts", Products: []gs1.GTIN{nutsGTIN}, Take: 1, Percent: 100_000},
			{Name: "three", Title: "3 for 4.50", Products: []gs1.GTIN{colaGTIN, beerGTIN}, Take: 3, Price: eur(450)},
			{Name: "two_for_one", Title: "2 for 1", Products: []gs1.GTIN{colaGTIN}, Take: 2, Pay: 1,
				From: time.Date(2026, 11, 27, 7, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 27, 23, 0, 0, 0, time.UTC)},
		}},
		{"receipt", s.Receipt, storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, AgeWithin: 15 * time.Minute, Rounding: money.HalfEven, TaxPer: storedef.TaxPerLine}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.what, diff)
		}
	}
	for _, dev := range s.Devices {
		if dev.Address == "weight_shelf.bulk" && !dev.Bays[0].TradeApproved {
			t.Errorf("bays %+v", dev.Bays)
		}
	}
}

// TestTaxIncluded: the store says it for all classes, and a class for itself.
func TestTaxIncluded(t *testing.T) {
	base := read(t, "testdata/base.hcl")
	for store, want := range map[string][2]bool{"": {false, false}, "tax_included = true": {false, false}, "tax_included = false": {true, false}} {
		dir := t.TempDir()
		write(t, dir, "base.hcl", insert(t, base, `timezone = "Europe/Lisbon"`, store))
		write(t, dir, "x.hcl", "tax \"vat\" {\n  rate = \"6%\"\n  included = true\n}\n")
		d, ps := Load(dir, nil)
		if len(ps) != 0 {
			t.Fatal(ps)
		}
		if got := [2]bool{d.Store.Taxes[0].Added, d.Store.Taxes[1].Added}; got != want {
			t.Errorf("%q: added %v, want %v", store, got, want)
		}
	}
}

// insert puts a line behind one that is there.
func insert(t *testing.T, src, behind, line string) string {
	t.Helper()
	out := strings.Replace(src, behind, behind+"\n  "+line, 1)
	if line != "" && out == src {
		t.Fatalf("there is no %q", behind)
	}
	return out
}
