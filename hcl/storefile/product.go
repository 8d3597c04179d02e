package storefile

import (
	"fmt"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// product is a decoded product and where it is written.
type product struct {
	storedef.Product
	b *block
	// whole says that everything the core needs was understood.
	whole bool
}

func (l *loader) decodeProducts(s scope) {
	for _, b := range l.blocks[blockProduct] {
		if l.full() {
			return
		}
		p := l.product(b, b.instance.scope(s))
		l.decoded[b.address()] = b
		if p.GTIN != "" {
			if first, ok := l.byGTIN[p.GTIN]; ok {
				l.fail(b, b.at("gtin"), "duplicate", fmt.Sprintf("Two products have GTIN %s", p.GTIN),
					"%s and %s. A GTIN is one product: correct one of them or remove it.", first, b.address())
				p.whole = false
			} else {
				l.byGTIN[p.GTIN] = b.address()
			}
		}
		if l.tables[b.header().Filename] {
			b.shed()
		}
		l.products[b.address()] = p
		if p.whole {
			l.store.Products = append(l.store.Products, p.Product)
		}
	}
}

func (l *loader) product(b *block, s scope) product {
	before := len(l.problems)
	p := product{b: b, Product: storedef.Product{Name: b.title()}}
	p.GTIN = l.gtin(b, s)
	p.Title, _ = l.text(b, "name", s)
	if b.attribute("name") != nil && p.Title == "" && len(l.problems) == before {
		l.fail(b, b.at("name"), "out_of_bounds", "The name is empty", "A receipt prints it: write what the shopper knows the product by.")
	}
	p.Mass, _ = l.mass(b, "mass", s)
	p.MassDeviation = defaultDeviation(p.Mass)
	if b.attribute("mass_deviation") != nil {
		if d, ok := l.mass(b, "mass_deviation", s); ok {
			p.MassDeviation = d
		}
		if b.attribute("mass") == nil && !b.mistyped("mass") {
			l.fail(b, b.at("mass_deviation"), "missing_argument", `The argument "mass" is missing`, "A deviation is from a mass.")
		}
		if p.Mass > 0 && p.MassDeviation >= p.Mass {
			l.bounds(b, "mass_deviation", p.MassDeviation.String(), "less than the mass, "+p.Mass.String())
		}
	}
	l.productPrice(b, s, &p.Product)
	if address, ok := l.refer(b, "tax", s, blockTax); ok {
		p.Tax = l.called(address)
	}
	p.Certified = l.kinds(b, s)
	p.whole = len(l.problems) == before && p.GTIN != "" && p.Title != "" && p.Tax != "" && p.Price.Currency != ""
	return p
}

// defaultDeviation gives the spread taken for a mass, at least a milligram.
func defaultDeviation(m measure.Mass) measure.Mass {
	if m <= 0 {
		return 0
	}
	return max(1, m*measure.Mass(storedef.DefaultMassSpread)/measure.Mass(measure.Certain))
}

func (l *loader) gtin(b *block, s scope) gs1.GTIN {
	text, ok := l.code(b, "gtin", s, func(s string) bool { _, err := gs1.ParseGTIN(s); return err == nil })
	if !ok {
		return ""
	}
	g, err := gs1.ParseGTIN(text)
	if err == nil {
		return g
	}
	p := l.fail(b, b.at("gtin"), "gtin", "That is not a GTIN", "%s. Read it again from the package.", err)
	if expanded, err := gs1.ExpandUPCE(text); err == nil {
		p.Detail = fmt.Sprintf("%q is a UPC-E, the short form of a GTIN. Write the GTIN, or upce(%q).", text, text)
		p.Suggestion = fmt.Sprintf("%q", expanded)
	}
	return ""
}

func (l *loader) decodePlanograms(s scope) {
	seen := map[storedef.Facing]bool{}
	for _, b := range l.blocks[blockPlanogram] {
		l.decoded[b.address()] = b
		for _, syntax := range l.undynamic(b, b.syntax.Body, s).Blocks {
			if syntax.Type != blockFacing {
				continue
			}
			c := b.child(syntax)
			if len(syntax.Labels) > 0 {
				l.fail(c, syntax.LabelRanges[0], "label", "A facing has no name", "Remove it.")
			}
			facing, _ := typeOf(blockFacing)
			l.checkShape(c, facing)
			for _, i := range l.instances(c, s, true) {
				l.facing(c, i.scope(s), seen)
			}
		}
		l.planogramFile(b, s, func(c *block) { l.facing(c, s, seen) })
	}
}

func (l *loader) facing(b *block, s scope, seen map[storedef.Facing]bool) {
	if l.full() {
		return
	}
	at, okAt := l.refer(b, "at", s, kindBay)
	address, okProduct := l.refer(b, "product", s, blockProduct)
	depth := l.integer(b, "depth", s, 0, 1, 10_000)
	if !okAt || !okProduct {
		return
	}
	p := l.products[address]
	if p.Mass == 0 && p.whole && p.b.attribute("mass") == nil {
		l.fail(b, b.at("product"), "missing_argument", fmt.Sprintf("%s has no mass", address),
			"What stands on a weighed bay is told by its mass. Write mass at %s.", l.place(p.b.header(), ""))
	}
	l.checkWeighed(b, p, address, at)
	if p.GTIN == "" {
		return
	}
	f := storedef.Facing{At: at, Product: p.GTIN}
	if seen[f] {
		l.fail(b, b.at("product"), "duplicate", fmt.Sprintf("%s is on this bay already", address),
			"%s faces it in another facing too. Add their depths into one.", at)
		return
	}
	seen[f] = true
	f.Depth = depth
	l.store.Facings = append(l.store.Facings, f)
}
