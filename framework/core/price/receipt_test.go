package price

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// print writes a priced basket as the tables below do.
func (p Priced) print() string {
	var out strings.Builder
	for _, l := range p.Lines {
		n := fmt.Sprint(l.Quantity)
		if l.Per != "" {
			n = l.Mass.String()
		}
		fmt.Fprintf(&out, "%s %s x %s = %s", l.Title, n, l.Unit.Decimal(), l.Amount.Decimal())
		for _, d := range p.Discounts {
			if d.Line == l.ID {
				fmt.Fprintf(&out, ", %s on %d -%s", d.Promotion, d.Quantity, d.Amount.Decimal())
			}
		}
		fmt.Fprintf(&out, "; paid %s\n", l.Paid.Decimal())
	}
	for _, d := range p.Deposits {
		fmt.Fprintf(&out, "%s %d x %s = %s; paid %s\n", d.Title, d.Quantity, d.Unit.Decimal(), d.Amount.Decimal(), d.Paid.Decimal())
	}
	for _, t := range p.Taxes {
		how := "in"
		if t.Added {
			how = "added to make"
		}
		fmt.Fprintf(&out, "%s %v: %s %s %s\n", t.Name, t.Rate, t.Tax.Decimal(), how, t.Gross.Decimal())
	}
	fmt.Fprintf(&out, "total %s\n", p.Total)
	return out.String()
}

// TestReceipts holds baskets against receipts that were worked out by hand, with
// a pencil and a table of the rules in doc.go; how is said at each.
func TestReceipts(t *testing.T) {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	threeFor := promo("three", cola, zero)
	threeFor.Take, threeFor.Price = 3, eur(450)
	twoForOne := promo("two for one", cola, water)
	twoForOne.Take, twoForOne.Pay = 2, 1
	tenth := promo("tenth off", cola)
	tenth.Percent = 100_000
	half := promo("half", cola)
	half.Percent = 500_000
	members := promo("members", cola)
	members.Price, members.Requires = eur(150), "loyalty=gold"
	nutsOff := promo("nuts", nuts)
	nutsOff.Price = eur(1599)
	pair := promo("pair", bread, water)
	pair.Take, pair.Amount = 2, eur(50)
	five := promo("five off")
	five.Amount, five.Least = eur(500), eur(2000)
	twentieth := promo("twentieth")
	twentieth.Percent = 50_000
	free := promo("on the house", cola)
	free.Percent = 1_000_000
	early := promo("before noon", cola)
	early.Price, early.Until = eur(100), noon.Add(-time.Minute)

	withDeposit := func(s storedef.Store) storedef.Store {
		s.Products[0].Deposit = "can"
		return s
	}
	added := func(s storedef.Store) storedef.Store {
		for i := range s.Taxes {
			s.Taxes[i].Added = true
		}
		return s
	}
	perLine := func(s storedef.Store) storedef.Store {
		s.Receipt.TaxPer = storedef.TaxPerLine
		return s
	}
	taxedDeposit := func(s storedef.Store) storedef.Store {
		s.Deposits[0].Tax = "standard"
		return s
	}
	for _, tt := range []struct {
		name string
		shop storedef.Store
		r    Request
		want string
	}{
		{ // 2 x 1.80 = 3.60; 3.60 * 23/123 = 0.6731; 2.99 * 6/106 = 0.1692
			"prices include tax", shop(), basketOf(cola, 2, bread, 1), `
Cola 2 x 1.80 = 3.60; paid 3.60
Bread 1 x 2.99 = 2.99; paid 2.99
reduced 6 %: 0.17 in 2.99
standard 23 %: 0.67 in 3.60
total 6.59 EUR
`},
		{ // 3.60 * 0.23 = 0.828; 0.90 * 0.23 = 0.207; together 4.50 * 0.23 = 1.035, up to 1.04, parted 0.832 and 0.208: 83 + 20, and the cent to water, which lost .8
			"tax is added, once a class", added(shop()), basketOf(cola, 2, water, 1), `
Cola 2 x 1.80 = 3.60; paid 4.43
Water 1 x 0.90 = 0.90; paid 1.11
standard 23 %: 1.04 added to make 5.54
total 5.54 EUR
`},
		{ // 0.828 and 0.207, each rounded
			"tax is added, line by line", perLine(added(shop())), basketOf(cola, 2, water, 1), `
Cola 2 x 1.80 = 3.60; paid 4.43
Water 1 x 0.90 = 0.90; paid 1.11
standard 23 %: 1.04 added to make 5.54
total 5.54 EUR
`},
		{ // 1.80 * 0.23 = 0.414, rounded four times: 4 x 0.41
			"line by line and by class differ", perLine(added(shop())), basketOf(water, 2, water, 2, water, 2, water, 2), `
Water 2 x 0.90 = 1.80; paid 2.21
Water 2 x 0.90 = 1.80; paid 2.21
Water 2 x 0.90 = 1.80; paid 2.21
Water 2 x 0.90 = 1.80; paid 2.21
standard 23 %: 1.64 added to make 8.84
total 8.84 EUR
`},
		{ // 7.20 * 0.23 = 1.656 -> 1.66, parted 0.415 each: 41 + 41 + 41 + 41 = 164, two cents to the first two
			"by class", added(shop()), basketOf(water, 2, water, 2, water, 2, water, 2), `
Water 2 x 0.90 = 1.80; paid 2.22
Water 2 x 0.90 = 1.80; paid 2.22
Water 2 x 0.90 = 1.80; paid 2.21
Water 2 x 0.90 = 1.80; paid 2.21
standard 23 %: 1.66 added to make 8.86
total 8.86 EUR
`},
		{ // a deposit of no tax: 3 x 0.10
			"deposits", withDeposit(shop()), basketOf(cola, 3), `
Cola 3 x 1.80 = 5.40; paid 5.40
Deposit, can 3 x 0.10 = 0.30; paid 0.30
none 0 %: 0.00 in 0.30
standard 23 %: 1.01 in 5.40
total 5.70 EUR
`},
		{ // (5.40 + 0.30) * 0.23 = 1.311 -> 1.31, parted 1.241 and 0.069: 124 + 6 = 130, the cent to the deposit (.9 against .1)
			"deposits with tax of their own, added", added(taxedDeposit(withDeposit(shop()))), basketOf(cola, 3), `
Cola 3 x 1.80 = 5.40; paid 6.64
Deposit, can 3 x 0.10 = 0.30; paid 0.37
standard 23 %: 1.31 added to make 7.01
total 7.01 EUR
`},
		{ // the dearest three of 1.80 1.80 1.75 1.75 in the group: 5.35 - 4.50 = 0.85, parted by 180 180 175: 28.598 28.598 27.804, 83 whole cents and two more to .804 and the first .598
			"three for, mixed", shop(threeFor), basketOf(cola, 2, zero, 2), `
Cola 2 x 1.80 = 3.60, three on 2 -0.57; paid 3.03
Zero 2 x 1.75 = 3.50, three on 1 -0.28; paid 3.22
standard 23 %: 1.17 in 6.25
total 6.25 EUR
`},
		{ // dearest first: (1.80, 1.80) frees 1.80, (0.90, 0.90) frees 0.90
			"two for one frees the cheaper", shop(twoForOne), basketOf(cola, 2, water, 2), `
Cola 2 x 1.80 = 3.60, two for one on 2 -1.80; paid 1.80
Water 2 x 0.90 = 1.80, two for one on 2 -0.90; paid 0.90
standard 23 %: 0.50 in 2.70
total 2.70 EUR
`},
		{ // (1.80, 0.90) frees 0.90, parted 0.60 and 0.30
			"two for one, one of each", shop(twoForOne), basketOf(cola, 1, water, 1), `
Cola 1 x 1.80 = 1.80, two for one on 1 -0.60; paid 1.20
Water 1 x 0.90 = 0.90, two for one on 1 -0.30; paid 0.60
standard 23 %: 0.34 in 1.80
total 1.80 EUR
`},
		{ // two of three colas: frees 1.80; the third has a tenth off, 0.18
			"one promotion a unit", shop(twoForOne, tenth), basketOf(cola, 3), `
Cola 3 x 1.80 = 5.40, tenth off on 1 -0.18, two for one on 2 -1.80; paid 3.42
standard 23 %: 0.64 in 3.42
total 3.42 EUR
`},
		{ // three for 4.50 saves 0.90, two for one with a single at 1.50 saves 1.80 + 0.30
			"the cheapest way for members", shop(threeFor, twoForOne, members), Request{At: noon, Attributes: []string{"loyalty=gold"}, Lines: []Line{{GTIN: cola, Quantity: 3}}}, `
Cola 3 x 1.80 = 5.40, members on 1 -0.30, two for one on 2 -1.80; paid 3.30
standard 23 %: 0.62 in 3.30
total 3.30 EUR
`},
		{ // 18.99 * 0.347 = 6.58953
			"weighed goods by the whole gram", shop(), basketOf(nuts, 347*measure.Gram+999*measure.Milligram), `
Nuts 347 g x 18.99 = 6.59; paid 6.59
reduced 6 %: 0.37 in 6.59
total 6.59 EUR
`},
		{ // 18.99 * 0.5 = 9.495 -> 9.50; 15.99 * 0.5 = 7.995 -> 8.00
			"weighed goods at another price", shop(nutsOff), basketOf(nuts, 500*measure.Gram), `
Nuts 500 g x 18.99 = 9.50, nuts on 1 -1.50; paid 8.00
reduced 6 %: 0.45 in 8.00
total 8.00 EUR
`},
		{ // 0.50 off 2.99 + 0.90, parted 0.384 and 0.116: 38 + 11, the cent to .6 (38.43, 11.57)
			"an amount off a set", shop(pair), basketOf(bread, 1, water, 1), `
Bread 1 x 2.99 = 2.99, pair on 1 -0.38; paid 2.61
Water 1 x 0.90 = 0.90, pair on 1 -0.12; paid 0.78
reduced 6 %: 0.15 in 2.61
standard 23 %: 0.15 in 0.78
total 3.39 EUR
`},
		{ // 6 x 2.99 = 17.94, 2 x 1.80 = 3.60: 21.54; 5.00 parted 4.164 and 0.836; the tax on what is left: 13.78 * 6/106 = 0.78, 2.76 * 23/123 = 0.516
			"five off twenty", shop(five), basketOf(bread, 6, cola, 2), `
Bread 6 x 2.99 = 17.94, five off on 6 -4.16; paid 13.78
Cola 2 x 1.80 = 3.60, five off on 2 -0.84; paid 2.76
reduced 6 %: 0.78 in 13.78
standard 23 %: 0.52 in 2.76
total 16.54 EUR
`},
		{ // 20.99 before discounts, 18.29 after: 5.00 parted by 15.30 and 2.99: 4.183 and 0.817, the cent to .7
			"what a basket must come to is before discounts", shop(five, threeFor), basketOf(cola, 10, bread, 1), `
Cola 10 x 1.80 = 18.00, five off on 10 -4.18, three on 9 -2.70; paid 11.12
Bread 1 x 2.99 = 2.99, five off on 1 -0.82; paid 2.17
reduced 6 %: 0.12 in 2.17
standard 23 %: 2.08 in 11.12
total 13.29 EUR
`},
		{ // three for 4.50 saves 0.90, a half of each saves 2.70
			"a promotion of one unit may be better than one of three", shop(threeFor, half), basketOf(cola, 3), `
Cola 3 x 1.80 = 5.40, half on 3 -2.70; paid 2.70
standard 23 %: 0.50 in 2.70
total 2.70 EUR
`},
		{ // 19.74 before discounts is not enough
			"not yet twenty", shop(five), basketOf(bread, 6, cola, 1), `
Bread 6 x 2.99 = 17.94; paid 17.94
Cola 1 x 1.80 = 1.80; paid 1.80
reduced 6 %: 1.02 in 17.94
standard 23 %: 0.34 in 1.80
total 19.74 EUR
`},
		{ // 5.40 - 0.90 = 4.50 and bread 2.99: 7.49 * 0.05 = 0.3745 -> 0.37, parted 0.222 and 0.148: 22 + 14, the cent to bread (.2, .8)
			"a basket's comes after those for products", shop(threeFor, twentieth), basketOf(cola, 3, bread, 1), `
Cola 3 x 1.80 = 5.40, three on 3 -0.90, twentieth on 3 -0.22; paid 4.28
Bread 1 x 2.99 = 2.99, twentieth on 1 -0.15; paid 2.84
reduced 6 %: 0.16 in 2.84
standard 23 %: 0.80 in 4.28
total 7.12 EUR
`},
		{ // all of it off, and the deposit paid
			"nothing but the deposit", withDeposit(shop(free)), basketOf(cola, 1), `
Cola 1 x 1.80 = 1.80, on the house on 1 -1.80; paid 0.00
Deposit, can 1 x 0.10 = 0.10; paid 0.10
none 0 %: 0.00 in 0.10
standard 23 %: 0.00 in 0.00
total 0.10 EUR
`},
		{ // one picked at 1.60 when it cost that, one at 2.00, now 1.80: 1.60 and 1.80
			"the price at pick or the lower one at exit", shop(), Request{At: noon, Lines: []Line{{GTIN: cola, Quantity: 2, Picked: []Pick{
				{Quantity: 1, Unit: eur(200), Rate: 230_000, At: noon}, {Quantity: 1, Unit: eur(160), Rate: 230_000, At: noon}}}}}, `
Cola 1 x 1.60 = 1.60; paid 1.60
Cola 1 x 1.80 = 1.80; paid 1.80
standard 23 %: 0.64 in 3.40
total 3.40 EUR
`},
		{ // picked twice, put back once: the cheaper one counts
			"what was put back was the dearer", shop(), Request{At: noon, Lines: []Line{{GTIN: cola, Quantity: 1, Picked: []Pick{
				{Quantity: 1, Unit: eur(180), Rate: 230_000, At: noon}, {Quantity: 1, Unit: eur(160), Rate: 230_000, At: noon}}}}}, `
Cola 1 x 1.60 = 1.60; paid 1.60
standard 23 %: 0.30 in 1.60
total 1.60 EUR
`},
		{ // the tax was 6 % at pick and is 23 % now: 1.80 * 0.06 = 0.108, 1.80 * 0.23 = 0.414
			"the rate at pick or the lower one at exit", added(shop()), Request{At: noon, Lines: []Line{{GTIN: cola, Quantity: 2, Picked: []Pick{
				{Quantity: 1, Unit: eur(180), Rate: 60_000, At: noon}, {Quantity: 1, Unit: eur(180), Rate: 250_000, At: noon}}}}}, `
Cola 1 x 1.80 = 1.80; paid 1.91
Cola 1 x 1.80 = 1.80; paid 2.21
standard 6 %: 0.11 added to make 1.91
standard 23 %: 0.41 added to make 2.21
total 4.12 EUR
`},
		{ // one picked before the promotion ended, one after
			"a promotion at pick", shop(early), Request{At: noon, Lines: []Line{{GTIN: cola, Quantity: 2, Picked: []Pick{
				{Quantity: 1, Unit: eur(180), Rate: 230_000, At: noon.Add(-time.Hour)}, {Quantity: 1, Unit: eur(180), Rate: 230_000, At: noon}}}}}, `
Cola 2 x 1.80 = 3.60, before noon on 1 -0.80; paid 2.80
standard 23 %: 0.52 in 2.80
total 2.80 EUR
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := priced(t, tt.shop, tt.r)
			if d := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), p.print()); d != "" {
				t.Errorf("(-by hand +priced)\n%s", d)
			}
		})
	}
}

// TestLabel takes the lower of what the label and the system say.
func TestLabel(t *testing.T) {
	for label, want := range map[int64]int64{0: 180, 150: 150, 200: 180} {
		s := shop()
		if s.Products[0].Label = money.New(label, "EUR"); label == 0 {
			s.Products[0].Label = money.Amount{}
		}
		if p := priced(t, s, basketOf(cola, 1)); p.Total.Minor != want {
			t.Errorf("label %d: %v", label, p.Total)
		}
	}
}

// TestRoundingAtHalf prices a gram of something at a half minor unit by each rule.
func TestRoundingAtHalf(t *testing.T) {
	for rule, want := range map[money.Rounding][2]int64{money.HalfUp: {1, 2}, money.HalfEven: {0, 2}, money.Down: {0, 1}} {
		for i, kilo := range []int64{500, 1500} {
			s := shop()
			s.Receipt.Rounding, s.Products[4].Price = rule, money.New(kilo, "EUR")
			if p := priced(t, s, basketOf(nuts, measure.Gram)); p.Total.Minor != want[i] {
				t.Errorf("%v of %d a kilo: %v, want %d", rule, kilo, p.Total, want[i])
			}
		}
	}
}

// TestLimits: what nobody carries is an error, and never a number that wrapped.
func TestLimits(t *testing.T) {
	dear := shop()
	dear.Products[0].Price.Minor = LimitTotal
	dearer := shop()
	dearer.Products[0].Price.Minor = 1 << 62
	var thousands []any
	for range 2000 {
		thousands = append(thousands, cola, LimitQuantity)
	}
	many := shop()
	many.Products[0].Price.Minor = storedef.LimitPrice
	big := promo("big", cola)
	big.Take, big.Pay = storedef.LimitTake, 1
	bigger := promo("bigger", cola)
	bigger.Take, bigger.Pay = storedef.LimitTake, 1
	for _, tt := range []struct {
		name string
		shop storedef.Store
		r    Request
		want error
	}{
		{"as much as there may be", dear, basketOf(cola, 1), nil},
		{"more", dear, basketOf(cola, 2), ErrLimit},
		{"more than 64 bits", dearer, basketOf(cola, 2), money.ErrOverflow},
		{"many at the highest price", many, basketOf(thousands...), ErrLimit},
		{"too many", shop(), basketOf(cola, LimitQuantity+1), ErrLimit},
		{"many", shop(), basketOf(cola, LimitQuantity), nil},
		{"less than none", shop(), basketOf(cola, -1), ErrLimit},
		{"less than no mass", shop(), basketOf(nuts, -measure.Gram), ErrLimit},
		{"too much together", shop(big, bigger), basketOf(cola, 1), ErrLimit},
		{"much together", shop(big), basketOf(cola, LimitQuantity), nil},
		{"nothing", shop(), Request{}, nil},
		{"not sold here", shop(), basketOf(gs1.GTIN("09521234009993"), 3), nil},
	} {
		p, err := Basket(storedef.NewIndex(tt.shop), tt.r)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %v", tt.name, p.Total, err)
		}
	}
}

func TestRefund(t *testing.T) {
	paid := money.New(100, "EUR")
	var got []int64
	for i := range 3 {
		a, err := Refund(paid, 3, i, 1)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a.Minor)
	}
	if d := cmp.Diff([]int64{33, 33, 34}, got); d != "" {
		t.Error(d)
	}
	for _, bad := range [][3]int{{3, 3, 1}, {3, 0, 4}, {0, 0, 0}, {3, -1, 1}, {3, 0, -1}, {3, 4, 0}} {
		if a, err := Refund(paid, bad[0], bad[1], bad[2]); !errors.Is(err, ErrLimit) {
			t.Errorf("%v: %v, %v", bad, a, err)
		}
	}
}
