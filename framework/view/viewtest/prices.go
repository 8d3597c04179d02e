package viewtest

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// PricesReceipt names the receipt of Prices.
const PricesReceipt = "p3c8x0k4vtc9dhw5r8pfz3jn6c"

// Prices is a journal of one visit whose receipt has all that a receipt can
// have: a promotion, a deposit, weighed goods, a tax that is added, and a line
// that waits for the buyer's age to be seen.
func Prices() []event.Record {
	t := &Teller{at: Start}
	t.Tell(event.Adopted{Definition: event.Definition{Store: Store(), Digest: "d1"}})
	t.Later(time.Minute)
	t.Enter("sess-p", 1, observe.MethodCard, "visa", "4242")
	t.Leave("sess-p", 1, true)
	r := Receipt("sess-p", PricesReceipt, t.at)
	why, until := r.Lines[1].Why, t.at.Add(30*time.Minute)
	r.Lines = []event.SaleLine{
		{ID: "1", GTIN: Cola, Title: "Cola 330 ml", Quantity: 3, Unit: Euro(180), Amount: Euro(540), Discount: Euro(90), Tax: "standard", TaxPart: Euro(84), Paid: Euro(450), Why: r.Lines[0].Why},
		{ID: "2", GTIN: Oats, Title: "Mixed nuts, loose", Quantity: 1, Mass: 347 * measure.Gram, Per: storedef.PerKilogram, Unit: Euro(1899), Amount: Euro(659), Tax: "city", TaxPart: Euro(58), Paid: Euro(717), Why: why},
	}
	r.Discounts = []event.DiscountLine{{Line: "1", Promotion: "three", Title: "3 drinks for 4.50", Quantity: 3, Amount: Euro(90)}}
	r.Deposits = []event.DepositLine{{Line: "1", Deposit: "can", Title: "Deposit, can", Quantity: 3, Unit: Euro(10), Amount: Euro(30), Tax: "none", TaxPart: Euro(0), Paid: Euro(30)}}
	r.Pending = []event.PendingLine{{ID: "p1", GTIN: Honey, Quantity: 1, Age: 18, Until: &until, Reason: "a member of staff must see that the buyer is 18 or older", Why: why}}
	r.PendingUntil = &until
	r.Taxes = []event.TaxLine{{Name: "city", Rate: 88_750, Added: true, Gross: Euro(717), Tax: Euro(58)}, {Name: "none", Gross: Euro(30), Tax: Euro(0)},
		{Name: "standard", Rate: 230_000, Gross: Euro(450), Tax: Euro(84)}}
	r.Total = Euro(1197)
	r.Captured = &r.Total
	t.settle(r)
	return t.Records
}
