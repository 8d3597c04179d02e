package store

import (
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Each way in which two receipts charge a product otherwise has its word, and the
// money between is exact.
func TestChargeChange(t *testing.T) {
	eur := func(n int64) money.Amount { return money.New(n, "EUR") }
	why := func(text string) []event.Why {
		return []event.Why{{Text: text, Evidence: []event.Ref{{Device: "camera.a"}}}}
	}
	base := event.Receipt{ID: "r", Lines: []event.SaleLine{
		{ID: "1", GTIN: "1", Title: "Cola", Quantity: 2, Unit: eur(10), Amount: eur(20), Paid: eur(20), Tax: "a", Why: why("took one")},
		{ID: "2", GTIN: "2", Title: "Nuts", Quantity: 1, Unit: eur(100), Mass: 300, Per: "kg", Amount: eur(30), Paid: eur(30), Tax: "a"}},
		Total: eur(50), Payment: event.PaymentCaptured}
	for name, c := range map[string]struct {
		change  func(*event.Receipt)
		cause   string
		between int64
	}{
		"nothing": {func(*event.Receipt) {}, "", 0},
		"units":   {func(r *event.Receipt) { r.Lines[0].Quantity, r.Lines[0].Amount, r.Total = 1, eur(10), eur(40) }, "units", -10},
		"no line": {func(r *event.Receipt) { r.Lines, r.Total = r.Lines[1:], eur(30) }, "units", -20},
		"mass":    {func(r *event.Receipt) { r.Lines[1].Mass, r.Lines[1].Amount, r.Total = 310, eur(31), eur(51) }, "mass", 1},
		"price":   {func(r *event.Receipt) { r.Lines[0].Amount, r.Total = eur(22), eur(52) }, "price", 2},
		"discount": {func(r *event.Receipt) { r.Lines[0].Discount, r.Lines[0].Paid, r.Total = eur(3), eur(17), eur(47) },
			"discount", -3},
		"tax": {func(r *event.Receipt) { r.Lines[0].Tax, r.Lines[0].Paid, r.Total = "b", eur(21), eur(51) }, "tax", 1},
	} {
		other := base
		other.Lines = append([]event.SaleLine{}, base.Lines...)
		c.change(&other)
		got, differs := chargeChange([]issued{{receipt: base, seq: 3}}, []issued{{receipt: other, seq: 4}})
		if differs != (c.cause != "") || got.Between.Minor != c.between {
			t.Errorf("%s: %t, %+v", name, differs, got)
			continue
		}
		if differs && (len(got.Lines) != 1 || got.Lines[0].Cause != c.cause || got.Seq != 3 || got.Receipt != "r") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if c, ok := chargeChange([]issued{{receipt: base}}, nil); !ok || c.WouldBe != nil || c.Between != eur(-50) || len(c.Lines) != 2 {
		t.Errorf("no receipt any more: %+v", c)
	}
	if c, ok := chargeChange(nil, []issued{{receipt: base}}); !ok || c.Was != nil || c.Between != eur(50) {
		t.Errorf("a new receipt: %+v", c)
	}
	paid := base
	paid.Payment = event.PaymentVoided
	if c, ok := chargeChange([]issued{{receipt: base}}, []issued{{receipt: paid}}); !ok || len(c.Lines) != 0 || c.WouldBe.Payment != event.PaymentVoided {
		t.Errorf("another payment: %+v", c)
	}
	moved := base
	moved.Lines = append([]event.SaleLine{}, base.Lines...)
	moved.Lines[0].Quantity, moved.Lines[0].Why, moved.Total = 1, why("took another"), eur(40)
	moved.Pending = []event.PendingLine{{GTIN: "1", Quantity: 1, Reason: "two hands"}}
	c, _ := chargeChange([]issued{{receipt: base}}, []issued{{receipt: moved}})
	if l := c.Lines[0]; len(l.Dropped) != 1 || len(l.Added) != 1 || l.Dropped[0].Text != "took one" || l.Doubt != "two hands" {
		t.Errorf("other evidence: %+v", l)
	}
	// A version of a closed visit does not state its reasons again: they are the same.
	silent := base
	silent.Lines = append([]event.SaleLine{}, base.Lines...)
	silent.Lines[0].Why, silent.Lines[0].Quantity, silent.Total = nil, 1, eur(40)
	if c, _ := chargeChange([]issued{{receipt: base}, {receipt: silent}}, []issued{{receipt: base}}); len(c.Lines[0].Dropped)+len(c.Lines[0].Added) != 0 {
		t.Errorf("the same evidence: %+v", c.Lines[0])
	}
}
