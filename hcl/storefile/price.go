package storefile

import (
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// leastAge is how long a member of staff must be given to look at somebody.
const leastAge = time.Second

func (l *loader) decodeTaxes(s scope) {
	included := true
	if blocks := l.root().blocks[blockStore]; len(blocks) > 0 && blocks[0].attribute("tax_included") != nil {
		included = l.boolean(blocks[0], "tax_included", s)
	}
	for _, b := range l.blocks[blockTax] {
		s := b.instance.scope(s)
		t := storedef.Tax{Name: b.title(), Added: !included}
		t.Rate, _ = quantity(l, b, "rate", s, `"23%"`, []string{"%"}, money.ParseRate, func(money.Rate) bool { return true })
		if b.attribute("included") != nil {
			t.Added = !l.boolean(b, "included", s)
		}
		l.decoded[b.address()] = b
		l.store.Taxes = append(l.store.Taxes, t)
	}
}

func (l *loader) decodeDeposits(s scope) {
	for _, b := range l.blocks[blockDeposit] {
		s := b.instance.scope(s)
		d := storedef.Deposit{Name: b.title(), Title: "Deposit, " + b.name}
		if b.attribute("name") != nil {
			d.Title, _ = l.title(b, s)
		}
		d.Amount, _ = l.priceOf(b, "amount", s)
		if address, ok := l.refer(b, "tax", s, blockTax); ok {
			d.Tax = l.called(address)
		}
		l.decoded[b.address()] = b
		l.store.Deposits = append(l.store.Deposits, d)
	}
}

// title gives what a receipt prints of something.
func (l *loader) title(b *block, s scope) (string, bool) {
	text, ok := l.text(b, "name", s)
	if ok && strings.TrimSpace(text) == "" {
		l.fail(b, b.at("name"), "out_of_bounds", "The name is empty", "A receipt prints it: write what the shopper knows it by.")
		return "", false
	}
	return text, ok
}

// priceOf gives an amount that something costs: above nothing, and not so much
// that it is a slip of the keyboard.
func (l *loader) priceOf(b *block, name string, s scope) (money.Amount, bool) {
	a, ok := l.amount(b, name, s)
	if ok && a.Minor > storedef.LimitPrice {
		l.bounds(b, name, a.String(), "at most "+money.New(storedef.LimitPrice, a.Currency).String())
		return money.Amount{}, false
	}
	return a, ok
}

// productPrice decodes what a product costs.
func (l *loader) productPrice(b *block, s scope, p *storedef.Product) {
	free := l.boolean(b, "free", s)
	price, ok := l.money(b, "price", s)
	switch {
	case !ok:
	case price.Sign() < 0, price.Minor > storedef.LimitPrice:
		l.bounds(b, "price", price.String(), "at most "+money.New(storedef.LimitPrice, price.Currency).String()+" and not below nothing")
	case price.IsZero() && !free:
		l.fail(b, b.at("price"), "out_of_bounds", "The price is nothing", "If it is given away, write free = true beside it. Otherwise write its price.")
	case free && !price.IsZero():
		l.fail(b, b.at("free"), "out_of_bounds", "It is free and has a price", "Remove free, or write a price of nothing.")
	default:
		p.Price = price
	}
	if b.attribute("label_price") != nil {
		p.Label, _ = l.priceOf(b, "label_price", s)
	}
	if text, ok := l.text(b, "price_per", s); ok && l.word(b, b.at("price_per"), "measure that goods are priced by", text, []string{string(storedef.PerKilogram)}) {
		p.PricePer = storedef.Per(text)
	}
	if b.attribute("deposit") != nil {
		if address, ok := l.refer(b, "deposit", s, blockDeposit); ok {
			p.Deposit = l.called(address)
		}
		if p.Weighed() {
			l.fail(b, b.at("deposit"), "out_of_bounds", "Weighed goods have no deposit", "A deposit is for a container, and how many there are is not weighed. Remove it.")
		}
	}
	p.Age = l.integer(b, "age", s, 0, 1, storedef.LimitAge)
}

// checkWeighed looks that what is priced by mass stands where a scale may say
// how much to pay.
func (l *loader) checkWeighed(b *block, p product, address, at string) {
	if p.Weighed() && !l.approved[at] {
		l.fail(b, b.at("at"), "not_approved", fmt.Sprintf("The scale of %s is not approved", at),
			"%s is priced by its mass, and only a scale that is approved for trade may say how much of it to pay; any other tells what was taken. "+
				"If this one is approved, write trade_approved = true into its bay block.", address)
	}
}
