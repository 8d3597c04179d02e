package storedef

import (
	"fmt"

	"github.com/openaisle/aisle/sdk/money"
)

// Slip is a price that changed so much that it is probably a slip of the
// keyboard.
type Slip struct {
	// What is the product or deposit, as a store file refers to it.
	What     string
	Old, New money.Amount
}

// String says it as a person would.
func (s Slip) String() string {
	return fmt.Sprintf("%s costs %v, and cost %v", s.What, s.New, s.Old)
}

// Slips lists the prices that are SuspiciousChange times as much, or as little,
// as they were. One that is or was nothing is none: that is written on purpose.
func Slips(old, new Store) []Slip {
	var out []Slip
	was := NewIndex(old)
	check := func(what string, before, now money.Amount) {
		if before.Currency == now.Currency && far(before.Minor, now.Minor) {
			out = append(out, Slip{What: what, Old: before, New: now})
		}
	}
	for i := range new.Products {
		p := &new.Products[i]
		if q := was.Product(p.GTIN); q != nil && q.PricePer == p.PricePer {
			check("product."+p.Name, q.Asks(), p.Asks())
		}
	}
	for i := range new.Deposits {
		d := &new.Deposits[i]
		if q := was.Deposit(d.Name); q != nil {
			check("deposit."+d.Name, q.Amount, d.Amount)
		}
	}
	return out
}

// far reports whether one of two amounts is SuspiciousChange times the other.
func far(a, b int64) bool {
	a, b = min(a, b), max(a, b)
	return a > 0 && b/SuspiciousChange >= a
}
