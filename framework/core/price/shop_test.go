package price

import (
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// noon is when everybody leaves.
var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// The goods of the tests.
const (
	cola  gs1.GTIN = "09521234000112"
	zero  gs1.GTIN = "09521234000228"
	water gs1.GTIN = "09521234000334"
	bread gs1.GTIN = "09521234000440"
	nuts  gs1.GTIN = "09521234000556"
)

// shop is a store of five products: 23 % on drinks, 6 % on food, no tax on
// deposits.
func shop(promotions ...storedef.Promotion) storedef.Store {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	slices.SortFunc(promotions, func(a, b storedef.Promotion) int { return strings.Compare(a.Name, b.Name) })
	return storedef.Store{
		Currency: "EUR",
		Taxes:    []storedef.Tax{{Name: "none"}, {Name: "reduced", Rate: 60_000}, {Name: "standard", Rate: 230_000}},
		Deposits: []storedef.Deposit{{Name: "can", Title: "Deposit, can", Amount: eur(10), Tax: "none"}},
		Products: []storedef.Product{
			{Name: "cola", GTIN: cola, Title: "Cola", Price: eur(180), Tax: "standard"},
			{Name: "zero", GTIN: zero, Title: "Zero", Price: eur(175), Tax: "standard"},
			{Name: "water", GTIN: water, Title: "Water", Price: eur(90), Tax: "standard"},
			{Name: "bread", GTIN: bread, Title: "Bread", Price: eur(299), Tax: "reduced"},
			{Name: "nuts", GTIN: nuts, Title: "Nuts", Price: eur(1899), PricePer: storedef.PerKilogram, Tax: "reduced"},
		},
		Promotions: promotions,
		Receipt:    storedef.Receipt{Rounding: money.HalfUp},
	}
}

func promo(name string, products ...gs1.GTIN) storedef.Promotion {
	slices.Sort(products)
	p := storedef.Promotion{Name: name, Title: name, Products: products}
	if len(products) > 0 {
		p.Take = 1
	}
	return p
}

func basketOf(pairs ...any) Request {
	r := Request{At: noon}
	for i := 0; i < len(pairs); i += 2 {
		l := Line{GTIN: pairs[i].(gs1.GTIN), Quantity: 1}
		switch n := pairs[i+1].(type) {
		case int:
			l.Quantity = n
		case measure.Mass:
			l.Mass = n
		}
		r.Lines = append(r.Lines, l)
	}
	return r
}

// priced prices a basket and holds it against what must be true of any.
func priced(t rapid.TB, s storedef.Store, r Request) Priced {
	t.Helper()
	p, err := Basket(storedef.NewIndex(s), r)
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	if why := wrong(s, p); why != "" {
		t.Fatalf("%s\n%+v\n%+v", why, r, p)
	}
	return p
}

// wrong says what is not as it must be in a priced basket; empty where all is.
func wrong(s storedef.Store, p Priced) string {
	var lines, discounts, deposits, added, refunds, tax int64
	for _, l := range p.Lines {
		want := l.Unit.Minor * int64(l.Quantity)
		if l.Per == storedef.PerKilogram {
			a, err := l.Unit.Share(int64(l.Mass/measure.Gram), 1000, s.Receipt.Rounding)
			if err != nil {
				return err.Error()
			}
			want = a.Minor
		}
		if l.Amount.Minor != want {
			return "a line is not unit times quantity"
		}
		if l.Discount.Minor < 0 || l.Discount.Minor > l.Amount.Minor || l.Paid.Minor < 0 || l.Tax.Minor < 0 {
			return "a line is below nothing"
		}
		lines, discounts, refunds, tax = lines+l.Amount.Minor, discounts+l.Discount.Minor, refunds+l.Paid.Minor, tax+l.Tax.Minor
	}
	var listed int64
	for _, d := range p.Discounts {
		if d.Amount.Minor <= 0 || d.Quantity <= 0 {
			return "a discount of nothing"
		}
		listed += d.Amount.Minor
	}
	for _, d := range p.Deposits {
		if d.Amount.Minor != d.Unit.Minor*int64(d.Quantity) {
			return "a deposit is not unit times quantity"
		}
		deposits, refunds, tax = deposits+d.Amount.Minor, refunds+d.Paid.Minor, tax+d.Tax.Minor
	}
	for _, x := range p.Taxes {
		tax -= x.Tax.Minor
		if x.Added {
			added += x.Tax.Minor
		}
	}
	switch total := p.Total.Minor; {
	case total != lines-discounts+deposits+added:
		return "the total is not the sum of its parts"
	case total != refunds:
		return "refunds of all lines are not the total"
	case listed != discounts:
		return "the discounts listed are not those of the lines"
	case tax != 0:
		return "the taxes of the lines are not the taxes"
	case total < 0:
		return "the total is below nothing"
	}
	return ""
}
