package storefile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// effects are the arguments that say how a promotion lowers prices.
var effects = []string{"price", "pay", "percent", "amount"}

func (l *loader) decodePromotions(s scope) {
	for _, b := range l.blocks[blockPromotion] {
		before := len(l.problems)
		l.decoded[b.address()] = b
		l.promotions[b.title()] = b
		if p := l.promotion(b, b.instance.scope(s)); len(l.problems) == before {
			l.store.Promotions = append(l.store.Promotions, p)
		}
	}
}

func (l *loader) promotion(b *block, s scope) storedef.Promotion {
	p := storedef.Promotion{Name: b.title()}
	p.Title, _ = l.title(b, s)
	var goods []product
	before := len(l.problems)
	for _, address := range l.refers(b, "products", s, blockProduct) {
		if g := l.products[address]; g.GTIN != "" {
			p.Products, goods = append(p.Products, g.GTIN), append(goods, g)
		}
	}
	slices.Sort(p.Products)
	if b.mistyped("products") {
		return p // of the rest nobody knows whether it is for products
	}
	whole := b.attribute("products") == nil
	if !whole && len(p.Products) == 0 && len(l.problems) == before {
		l.fail(b, b.at("products"), "out_of_bounds", "The promotion is for no product", "Name its products, or leave the argument out for one of the whole basket.")
	}
	p.From, p.Until = l.instant(b, "from", s), l.instant(b, "until", s)
	if !p.From.IsZero() && !p.Until.IsZero() && !p.From.Before(p.Until) {
		l.bounds(b, "until", p.Until.Format(time.RFC3339), "later than from")
	}
	p.Requires = l.requires(b, s)
	l.effect(b, s, &p)
	if l.wholeOrNot(b, s, &p, whole) {
		l.checkGoods(b, &p, goods)
	}
	return p
}

// effect decodes the one argument that says how prices are lowered.
func (l *loader) effect(b *block, s scope, p *storedef.Promotion) {
	var written []string
	for _, name := range effects {
		if b.attribute(name) != nil {
			written = append(written, name)
		}
	}
	switch {
	case len(written) == 0 && !slices.ContainsFunc(effects, b.mistyped):
		l.fail(b, b.header(), "missing_argument", "It does not say how prices are lowered", "Write one of %s.", strings.Join(effects, ", "))
	case len(written) > 1:
		l.fail(b, b.at(written[1]), "duplicate", fmt.Sprintf("%q and %q are both written", written[0], written[1]), "A promotion lowers prices in one way. Keep one of them.")
	}
	if b.attribute("price") != nil {
		p.Price, _ = l.priceOf(b, "price", s)
	}
	if b.attribute("amount") != nil {
		p.Amount, _ = l.priceOf(b, "amount", s)
	}
	if b.attribute("percent") != nil {
		least, most := money.Rate(1), money.Rate(1_000_000)
		within := func(r money.Rate) bool { return r >= least && r <= most }
		r, ok := quantity(l, b, "percent", s, `"20%"`, []string{"%"}, money.ParseRate, within)
		if ok && !within(r) {
			l.bounds(b, "percent", r.String(), "more than 0 %, up to 100 %")
		}
		p.Percent = r
	}
}

// wholeOrNot decodes what only promotions of products or only those of a basket
// have. It gives false where of how many units isn't known.
func (l *loader) wholeOrNot(b *block, s scope, p *storedef.Promotion, whole bool) bool {
	wrong := func(names []string, why string) {
		for _, name := range names {
			if b.attribute(name) != nil {
				l.fail(b, b.attribute(name).NameRange, "unknown_argument", fmt.Sprintf("%q is not for this promotion", name), "%s", why)
			}
		}
	}
	if whole {
		wrong([]string{"take", "price", "pay"}, "It names no products, so it is for the whole basket: that is lowered by percent or amount.")
		if b.attribute("least") != nil {
			p.Least, _ = l.priceOf(b, "least", s)
		}
		return true
	}
	wrong([]string{"least"}, "It is for products. What a basket must come to is for a promotion that names none.")
	before := len(l.problems)
	if p.Take = l.integer(b, "take", s, 1, 1, storedef.LimitTake); len(l.problems) > before {
		return false
	}
	if b.attribute("pay") != nil {
		if p.Take < 2 && b.attribute("take") == nil {
			l.fail(b, b.at("pay"), "missing_argument", `The argument "take" is missing`, "Say of how many units so many are paid, such as take = 3 and pay = 2.")
		} else {
			p.Pay = l.integer(b, "pay", s, 1, 1, max(1, p.Take-1))
		}
	}
	return true
}

// checkGoods looks that a promotion suits its products.
func (l *loader) checkGoods(b *block, p *storedef.Promotion, goods []product) {
	weighed, dear := 0, money.Amount{}
	for i := range goods {
		g := &goods[i]
		asks := g.Asks()
		if dear.Minor < asks.Minor {
			dear = asks
		}
		if g.Weighed() {
			weighed++
		} else if p.Amount.Minor > 0 && g.whole && asks.Minor*int64(p.Take) < p.Amount.Minor {
			l.warn(b, b.at("amount"), "unused", fmt.Sprintf("%s costs less than is taken off", g.Name),
				"%v off %d units is more than %d of it cost at %v each: alone it is free, and together it takes no part.", p.Amount, p.Take, p.Take, asks)
		}
	}
	switch {
	case weighed == 0 && p.Price.Minor > 0 && p.Price.Minor >= dear.Minor*int64(p.Take) && dear.Minor > 0:
		l.warn(b, b.at("price"), "unused", "Nobody gains by the promotion", "%d of the dearest product cost %v each without it.", p.Take, dear)
	case weighed > 0 && (p.Take > 1 || p.Amount.Minor > 0):
		l.fail(b, b.at("products"), "out_of_bounds", "Weighed goods have no number of units",
			"A promotion of goods that are priced by the kilogram is by percent, or a price for the kilogram.")
	case weighed > 0 && weighed < len(p.Products) && p.Price.Minor > 0:
		l.fail(b, b.at("products"), "out_of_bounds", "The price would be for units and kilograms", "Write a promotion for the weighed goods and one for the others.")
	}
}

// instant gives a time with its offset from UTC; zero where it is not written.
func (l *loader) instant(b *block, name string, s scope) time.Time {
	text, ok := l.text(b, name, s)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() {
		l.fail(b, b.at(name), "instant", fmt.Sprintf("%q is not a time", name),
			`Write the day, the time and its offset from UTC, such as "2026-11-27T08:00:00+01:00": an hour that the clock strikes twice must mean one of them.`)
		return time.Time{}
	}
	return at.UTC()
}

// requires gives an attribute of a credential.
func (l *loader) requires(b *block, s scope) string {
	text, ok := l.text(b, "requires", s)
	if !ok {
		return ""
	}
	if err := observe.CheckAttributes([]string{text}); err != nil {
		l.fail(b, b.at("requires"), "attribute", "That is not an attribute", `%s. Write a name and a value as the reader reports them, such as "loyalty=gold".`, capital(err.Error()))
	}
	return text
}

// checkTogether refuses promotions that share products and take so many units
// together that nobody could tell which of them is cheapest.
func (l *loader) checkTogether() {
	var sets [][]int
	for i := range l.store.Promotions {
		if l.store.Promotions[i].Take < 2 {
			continue
		}
		joined := []int{i}
		sets = slices.DeleteFunc(sets, func(set []int) bool {
			shares := slices.ContainsFunc(set, func(j int) bool {
				return slices.ContainsFunc(l.store.Promotions[i].Products, l.store.Promotions[j].For)
			})
			if shares {
				joined = append(joined, set...)
			}
			return shares
		})
		sets = append(sets, joined)
	}
	for _, set := range sets {
		together, names := 1, []string{}
		for _, i := range set {
			together = min(together*l.store.Promotions[i].Take, storedef.LimitTogether*storedef.LimitTake)
			names = append(names, l.store.Promotions[i].Name)
		}
		if together <= storedef.LimitTogether {
			continue
		}
		slices.Sort(names)
		b := l.promotions[names[len(names)-1]]
		l.fail(b, b.at("take"), "out_of_bounds", "Too many promotions share products",
			"%s are for some of the same products. Their units taken together, multiplied, may be at most %d, so that the cheapest choice can always be found.",
			strings.Join(names, ", "), storedef.LimitTogether)
	}
}
