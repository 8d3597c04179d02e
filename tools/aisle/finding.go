package main

import (
	"cmp"
	"fmt"

	"github.com/openaisle/aisle/framework/simulate/audit"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
)

// told puts a finding into words for people, with the names and prices of the
// store's definition.
func told(f audit.Finding, def storedef.Store) []string {
	products := map[string]storedef.Product{}
	for _, p := range def.Products {
		products[string(p.GTIN)] = p
	}
	var lines []string
	for _, d := range f.Goods {
		n, what := d.Owed-d.Charged, "carried out and not charged"
		if n < 0 {
			n, what = -n, "charged and not carried out"
		}
		was := "were"
		if n == 1 {
			was = "was"
		}
		p, known := products[d.GTIN]
		if d.Unit != "" { // so much of it
			lines = append(lines, fmt.Sprintf("%d%s of %s %s %s", n, d.Unit, cmp.Or(p.Title, p.Name, gs1.GTIN(d.GTIN).Short()), was, what))
			continue
		}
		line := fmt.Sprintf("%d x %s %s %s", n, cmp.Or(p.Title, p.Name, gs1.GTIN(d.GTIN).Short()), was, what)
		if known {
			line += " (" + amount(p.Price.Minor*n, string(def.Currency)) + ")"
		}
		lines = append(lines, line)
	}
	if f.Money != "" {
		lines = append(lines, f.Money+", in minor units")
	}
	if len(lines) == 0 {
		lines = append(lines, f.Verdict+", "+f.Detail)
	}
	return lines
}
