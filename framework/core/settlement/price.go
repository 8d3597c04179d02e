package settlement

import (
	"time"

	"github.com/openaisle/aisle/framework/core/price"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// The accounts of a sale beside Receivable, Revenue and TaxPrefix.
const (
	DiscountAccount = "discount" // what promotions took off
	DepositPrefix   = "deposit:" // owed to whoever brings a container back, by deposit
)

// Sale is what a basket costs, in the words of a receipt.
type Sale struct {
	Lines     []event.SaleLine
	Discounts []event.DiscountLine
	Deposits  []event.DepositLine
	Taxes     []event.TaxLine
	Total     money.Amount
}

// Price prices what was carried out, by the definition in force and what is
// known of when it was picked.
func Price(x *storedef.Index, lines []event.CartLine, attributes []string, at time.Time) Sale {
	r := price.Request{Attributes: attributes, At: at}
	why := map[string][]event.Why{}
	for i := range lines {
		l := &lines[i]
		why[l.ID] = l.Why
		p := price.Line{ID: l.ID, GTIN: l.GTIN, Quantity: l.Quantity, Mass: l.Mass}
		for _, k := range l.Picked {
			p.Picked = append(p.Picked, price.Pick{Quantity: k.Quantity, Mass: k.Mass, Unit: k.Unit, Rate: k.Rate, At: k.At})
		}
		r.Lines = append(r.Lines, p)
	}
	priced, err := price.Basket(x, r)
	must(err)
	s := Sale{Lines: []event.SaleLine{}, Taxes: []event.TaxLine{}, Total: priced.Total}
	for i := range priced.Lines {
		l := &priced.Lines[i]
		s.Lines = append(s.Lines, event.SaleLine{ID: l.ID, GTIN: l.GTIN, Title: l.Title, Quantity: l.Quantity, Mass: l.Mass, Per: l.Per,
			Unit: l.Unit, Amount: l.Amount, Discount: noted(l.Discount), Tax: l.Class, TaxPart: noted(l.Tax), Paid: noted(l.Paid), Why: why[l.From]})
	}
	for _, d := range priced.Discounts {
		s.Discounts = append(s.Discounts, event.DiscountLine{Line: d.Line, Promotion: d.Promotion, Title: d.Title, Quantity: d.Quantity, Amount: d.Amount})
	}
	for i := range priced.Deposits {
		d := &priced.Deposits[i]
		s.Deposits = append(s.Deposits, event.DepositLine{Line: d.Line, Deposit: d.Name, Title: d.Title, Quantity: d.Quantity, Unit: d.Unit,
			Amount: d.Amount, Tax: d.Class, TaxPart: d.Tax, Paid: d.Paid})
	}
	for _, t := range priced.Taxes {
		s.Taxes = append(s.Taxes, event.TaxLine{Name: t.Name, Rate: t.Rate, Added: t.Added, Gross: t.Gross, Tax: t.Tax})
	}
	return s
}

// noted is an amount as a fact carries it: nothing has no currency, since it is
// not written, and what is read back must be what was said.
func noted(a money.Amount) money.Amount {
	if a.IsZero() {
		return money.Amount{}
	}
	return a
}

// Entries is the sale as a double entry: what the shopper owes, against taxes,
// deposits, and revenue at full prices with the discounts taken off.
func (s Sale) Entries() []event.Posting {
	revenue := s.Total
	entries := []event.Posting{{Account: Receivable, Amount: s.Total}}
	book := func(account string, a money.Amount) {
		var err error
		revenue, err = revenue.Sub(a)
		must(err)
		if !a.IsZero() {
			entries = append(entries, credit(account, a))
		}
	}
	for _, t := range s.Taxes {
		book(TaxPrefix+t.Name, t.Tax)
	}
	for _, d := range s.Deposits {
		net, err := d.Paid.Sub(d.TaxPart)
		must(err)
		book(DepositPrefix+d.Deposit, net)
	}
	for _, d := range s.Discounts {
		off, err := d.Amount.Neg()
		must(err)
		book(DiscountAccount, off)
	}
	return append(entries, credit(Revenue, revenue))
}
