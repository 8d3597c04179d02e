package main

import (
	"slices"
	"testing"

	"github.com/openaisle/aisle/framework/simulate/audit"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

func TestTold(t *testing.T) {
	def := storedef.Store{Currency: "EUR", Products: []storedef.Product{
		{Name: "milk", Title: "Milk 1 l", GTIN: "09521234000778", Price: money.New(135, "EUR")},
	}}
	milk := func(charged, owed int64) []audit.Difference {
		return []audit.Difference{{GTIN: "09521234000778", Charged: charged, Owed: owed}}
	}
	for _, c := range []struct {
		f    audit.Finding
		want []string
	}{
		{audit.Finding{Goods: milk(0, 1)}, []string{"1 x Milk 1 l was carried out and not charged (1.35 EUR)"}},
		{audit.Finding{Goods: milk(3, 1)}, []string{"2 x Milk 1 l were charged and not carried out (2.70 EUR)"}},
		{audit.Finding{Goods: []audit.Difference{{GTIN: "09521234009998", Owed: 1}}},
			[]string{"1 x 09521234009998 was carried out and not charged"}},
		{audit.Finding{Goods: milk(0, 1), Money: "captured 1, receipts say 0"},
			[]string{"1 x Milk 1 l was carried out and not charged (1.35 EUR)", "captured 1, receipts say 0, in minor units"}},
		{audit.Finding{Verdict: audit.Stuck, Detail: "the hold was neither captured nor voided"},
			[]string{"stuck, the hold was neither captured nor voided"}},
	} {
		if got := told(c.f, def); !slices.Equal(got, c.want) {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
