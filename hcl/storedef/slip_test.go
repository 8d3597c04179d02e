package storedef_test

import (
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

func TestSlips(t *testing.T) {
	shop := func(price int64, per storedef.Per) storedef.Store {
		return storedef.Store{
			Products: []storedef.Product{{Name: "cola", GTIN: "09521234000112", Price: money.New(price, "EUR"), PricePer: per}},
			Deposits: []storedef.Deposit{{Name: "can", Amount: money.New(price, "EUR")}},
		}
	}
	for _, tt := range []struct {
		old, new int64
		per      storedef.Per
		want     int
	}{
		{180, 17_999, "", 0}, {180, 18_000, "", 2}, {18_000, 180, "", 2}, {18_000, 181, "", 0}, {180, 180, "", 0},
		{0, 18_000, "", 0}, {180, 0, "", 0}, {1, 1 << 62, "", 2}, {180, 18_000, storedef.PerKilogram, 1},
	} {
		slips := storedef.Slips(shop(tt.old, ""), shop(tt.new, tt.per))
		if len(slips) != tt.want {
			t.Errorf("%d to %d per %q: %v, want %d", tt.old, tt.new, tt.per, slips, tt.want)
		}
	}
	if got := storedef.Slips(shop(180, ""), shop(18_000, ""))[0].String(); got != "product.cola costs 180.00 EUR, and cost 1.80 EUR" {
		t.Error(got)
	}
}
