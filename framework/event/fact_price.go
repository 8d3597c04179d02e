package event

import (
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// Pick is units of a product and what they cost when they were picked: so much
// is charged for them, or less where less is asked at exit.
type Pick struct {
	Quantity int          `json:"quantity"`
	Mass     measure.Mass `json:"mass,omitempty"`
	// Unit is the price of a unit, or of a kilogram; Rate that of its tax.
	Unit money.Amount `json:"unit"`
	Rate money.Rate   `json:"rate,omitempty"`
	At   time.Time    `json:"at"`
}

// UnitPrice is what a unit, or a kilogram, costs. Unlike an amount that may be
// left out, one of nothing is written with its currency: what is free was
// picked at a price, too. Empty is a price that is not known.
type UnitPrice money.Amount

// IsZero reports whether the price is not known, so that it is not written.
func (p UnitPrice) IsZero() bool { return p == UnitPrice{} }

// DiscountLine is what one promotion takes off one line.
type DiscountLine struct {
	// Line is the sale line's id, and Quantity how many of its units it is for.
	Line string `json:"line"`
	// Promotion is the block's name; Title what is printed.
	Promotion string `json:"promotion"`
	Title     string `json:"title"`
	Quantity  int    `json:"quantity"`
	// Amount is what is taken off; positive.
	Amount money.Amount `json:"amount"`
}

// DepositLine is what is paid for the containers of a line.
type DepositLine struct {
	// Line is the sale line's id.
	Line string `json:"line"`
	// Deposit is the block's name; Title what is printed.
	Deposit  string       `json:"deposit"`
	Title    string       `json:"title"`
	Quantity int          `json:"quantity"`
	Unit     money.Amount `json:"unit"`
	Amount   money.Amount `json:"amount"`
	// Tax is the class, and TaxPart its part in that tax.
	Tax     string       `json:"tax"`
	TaxPart money.Amount `json:"tax_part"`
	// Paid is all that was paid for it, added tax included.
	Paid money.Amount `json:"paid"`
}
