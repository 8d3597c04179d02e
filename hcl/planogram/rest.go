package planogram

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

// feltAt is how many deviations of a scale a unit must weigh to be felt.
const feltAt = 3

func (c *checker) light(b bay, p *storedef.Product) {
	if grams(p.Mass) >= feltAt*c.noise {
		return
	}
	c.found(Finding{
		Kind: KindLight, Address: called(p), Bay: b.address, Product: p.GTIN,
		Text: fmt.Sprintf("%s weighs %s, and what the scale says of a change at %s is ± %s: one that is taken may not be felt.", called(p), rounded(p.Mass), b.address, rounded(c.opt.Noise)),
		Cure: "Put it on a finer scale, or sell it by tag, or in packs that weigh more.",
	})
}

// unseen tells of a facing that the scale alone speaks for though the store
// wants two kinds of evidence.
func (c *checker) unseen(d *storedef.Device, at *storedef.Bay, p *storedef.Product) {
	if c.x.Covered(d.Zones) || c.tagged() || storedef.Suffices(observe.KindWeight, d.Certified, at.Certified, p.Certified) {
		return
	}
	c.found(Finding{
		Kind: KindUnseen, Address: at.Address, Bay: at.Address, Product: p.GTIN,
		Text: fmt.Sprintf("No camera covers %s and no reader tells of tags: what the scale at %s says of %s is one kind of evidence, and is never charged.", strings.Join(d.Zones, ", "), at.Address, called(p)),
		Cure: `Cover the zone with a camera, or write certified = ["weight"] at the bay, the shelf or the product if the scale alone shall suffice.`,
	})
}

// tagged says that a reader of tags may tell of any product.
func (c *checker) tagged() bool {
	return slices.ContainsFunc(c.x.Store.Devices, func(d storedef.Device) bool { return d.Class == storedef.ClassRFIDReader })
}

func (c *checker) empty(d *storedef.Device, bays []string) {
	if len(bays) == 0 || len(c.x.Store.Facings) == 0 {
		return
	}
	const most = 4
	list := strings.Join(bays[:min(most, len(bays))], ", ")
	if len(bays) > most {
		list += fmt.Sprintf(" and %d more", len(bays)-most)
	}
	c.found(Finding{
		Kind: KindEmpty, Address: d.Address, Bay: bays[0],
		Text: fmt.Sprintf("Nothing faces %s: whatever stands there is unknown, and taking it ends in review.", list),
		Cure: "Write its facings into the planogram, or take the bays out of the shelf's block until they are used.",
	})
}

// products looks at each product by itself.
func (c *checker) products() {
	placed := map[gs1.GTIN]bool{}
	for _, f := range c.x.Store.Facings {
		placed[f.Product] = true
	}
	deposit, without := c.drinks()
	for i := range c.x.Store.Products {
		p := &c.x.Store.Products[i]
		if !placed[p.GTIN] && !c.tagged() {
			c.found(Finding{Kind: KindNowhere, Address: called(p), Product: p.GTIN,
				Text: fmt.Sprintf("No facing has %s: nobody can take it, and what is in its place is unknown.", called(p)),
				Cure: "Write a facing for it, or remove the product.",
			})
		}
		if why := restricted(p.GTIN); why != "" {
			c.found(Finding{Kind: KindRestricted, Address: called(p), Product: p.GTIN,
				Text: fmt.Sprintf("GTIN %s of %s is %s.", p.GTIN.Short(), called(p), why),
				Cure: "Read the GTIN from the package again. If the store made the number itself, nothing is wrong as long as no supplier's goods bear it.",
			})
		}
		if deposit > without && p.Deposit == "" && volume.MatchString(p.Title) {
			c.found(Finding{Kind: KindDeposit, Address: called(p), Product: p.GTIN,
				Text: fmt.Sprintf("%s (%q) has no deposit; %d products named by a volume have one, %d have none.", called(p), p.Title, deposit, without),
				Cure: "Write deposit = ... at the product if its package bears one.",
			})
		}
	}
}

// volume is how the name of a drink ends: 330 ml, 0,5 l, 12 fl oz.
var volume = regexp.MustCompile(`(?i)\b\d+([.,]\d+)?\s?(ml|cl|l|litre|liter|fl\.? ?oz)\b`)

// drinks counts the products named by a volume, with a deposit and without.
func (c *checker) drinks() (deposit, without int) {
	if len(c.x.Store.Deposits) == 0 {
		return 0, 0
	}
	for i := range c.x.Store.Products {
		switch p := &c.x.Store.Products[i]; {
		case !volume.MatchString(p.Title):
		case p.Deposit != "":
			deposit++
		default:
			without++
		}
	}
	return deposit, without
}

// restricted says why a GTIN is none that names a product everywhere (GS1 General
// Specifications, section 1.4: prefixes for restricted circulation and coupons).
func restricted(g gs1.GTIN) string {
	s := string(g)
	if len(s) != 14 || s[0] != '0' {
		return ""
	}
	if strings.HasPrefix(s, "000000") {
		if s[6] == '0' || s[6] == '2' {
			return "of restricted circulation (GTIN-8 prefix " + s[6:7] + "): it means one thing in one company alone"
		}
		return ""
	}
	switch p := s[1:3]; {
	case p == "02", p == "04", p[0] == '2':
		return "of restricted circulation (prefix " + p + "): it means one thing in one company alone, or holds a weight or a price"
	case p == "05", p == "99", s[1:4] >= "981" && s[1:4] <= "984":
		return "a coupon's (prefix " + s[1:4] + ")"
	}
	return ""
}
