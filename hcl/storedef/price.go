package storedef

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
)

// The bounds of what a store file may say of prices.
const (
	// LimitPrice is the highest price, in minor units: what is above it is a
	// slip of the keyboard.
	LimitPrice = 100_000_000_000
	// LimitTake is the most units that one promotion takes together.
	LimitTake = 100
	// LimitTogether is the product of the units that promotions take together
	// which share products: so many states must be looked at to tell which of
	// them is cheapest, and no more are.
	LimitTogether = 1024
	// LimitAge is the highest age that a product may ask for.
	LimitAge = 99
	// SuspiciousChange is how many times as much, or as little, a price must be
	// of the one in force to be held for a slip of the keyboard.
	SuspiciousChange = 100

	DefaultAgeWithin = 30 * time.Minute
	LimitAgeWithin   = 4 * time.Hour
)

// Per is what a price is for.
type Per string

// What prices are for.
const (
	PerUnit     Per = ""
	PerKilogram Per = "kg"
)

// TaxPer is what taxes are worked out and rounded on.
type TaxPer string

// What taxes are worked out on.
const (
	// TaxPerClass adds up what is of one class and rounds once.
	TaxPerClass TaxPer = ""
	// TaxPerLine rounds on each line.
	TaxPerLine TaxPer = "line"
)

// Deposit is what is paid for a container and given back for it. No promotion
// touches it.
type Deposit struct {
	// Name is the block's label; Title what a receipt prints.
	Name   string       `json:"name"`
	Title  string       `json:"title"`
	Amount money.Amount `json:"amount"`
	// Tax is the name of the tax block.
	Tax string `json:"tax"`
}

// Promotion lowers what some products or a whole basket cost. Exactly one of
// Price, Pay, Percent and Amount says how.
type Promotion struct {
	// Name is the block's label; Title what a receipt prints.
	Name  string `json:"name"`
	Title string `json:"title"`
	// Products are those that it is for, in any mix; none for a promotion of
	// the whole basket.
	Products []gs1.GTIN `json:"products,omitempty"`
	// Take is how many units it takes together; 1 for each unit alone. It is 0
	// for a promotion of the basket.
	Take int `json:"take,omitempty"`
	// Price is what Take units cost together; of weighed goods a kilogram.
	Price money.Amount `json:"price,omitzero"`
	// Pay is how many of Take units are paid: the dearest.
	Pay int `json:"pay,omitempty"`
	// Percent is taken off, and Amount off Take units or the basket.
	Percent money.Rate   `json:"percent,omitempty"`
	Amount  money.Amount `json:"amount,omitzero"`
	// Least is what a basket must come to before any discount.
	Least money.Amount `json:"least,omitzero"`
	// From and Until bound when it holds; zero for no bound. Until is the first
	// instant at which it doesn't.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Requires is the attribute that the credential must have, such as
	// "loyalty=gold"; empty for everybody.
	Requires string `json:"requires,omitempty"`
}

// Whole reports whether it is for the whole basket.
func (p *Promotion) Whole() bool { return len(p.Products) == 0 }

// Holds reports whether it holds at a time.
func (p *Promotion) Holds(at time.Time) bool {
	return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until))
}

// For reports whether it is for a product.
func (p *Promotion) For(g gs1.GTIN) bool {
	_, ok := slices.BinarySearch(p.Products, g)
	return ok
}

// Asks is what is asked for the product: the lower of what the system and the
// label say.
func (p *Product) Asks() money.Amount {
	if p.Label.Currency == p.Price.Currency && p.Label.Minor < p.Price.Minor {
		return p.Label
	}
	return p.Price
}

// Weighed reports whether the product is priced by its mass.
func (p *Product) Weighed() bool { return p.PricePer == PerKilogram }
