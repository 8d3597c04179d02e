package price

import (
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// The bounds of a basket. What is beyond them nobody carries.
const (
	// LimitTotal is what the lines of a basket may come to, in minor units.
	LimitTotal = 1 << 50
	// LimitQuantity is how many units a line may have.
	LimitQuantity = 10_000
	// maxUnits is how many units are parted among promotions at a time.
	maxUnits = 1024
)

// ErrLimit: a basket that is beyond the bounds, or has less than nothing in it.
var ErrLimit = errors.New("beyond what a basket can hold")

// Request is what is to be priced.
type Request struct {
	Lines []Line
	// Attributes are those of the credential, such as "loyalty=gold".
	Attributes []string
	// At is when the shopper left.
	At time.Time
}

// Line is units of one product.
type Line struct {
	// ID names it; its number among the lines where it is empty.
	ID       string
	GTIN     gs1.GTIN
	Quantity int
	// Mass is that of all of it, for weighed goods.
	Mass measure.Mass
	// Picked are the prices it was picked at. Of more units than the line has
	// the cheapest count; what no pick is known of has the price at exit.
	Picked []Pick
}

// Pick is units that were picked at one time.
type Pick struct {
	Quantity int
	Mass     measure.Mass
	// Unit is the price and Rate the tax's at that time.
	Unit money.Amount
	Rate money.Rate
	At   time.Time
}

// Priced is what a basket costs.
type Priced struct {
	Lines     []Sold
	Discounts []Discount
	Deposits  []Deposit
	Taxes     []Tax
	Total     money.Amount
}

// Sold is a priced line. A line whose units have several prices becomes several,
// named 1, 1.2, 1.3.
type Sold struct {
	ID string
	// From is the ID of the line that it is of.
	From     string
	GTIN     gs1.GTIN
	Title    string
	Quantity int
	// Mass is what is paid of weighed goods, in whole grams.
	Mass measure.Mass
	Per  storedef.Per
	// Unit is the price of a unit, or of a kilogram; Amount that of the line.
	Unit, Amount money.Amount
	// Discount is what promotions take off it.
	Discount money.Amount
	Taxed
	place int // in basket.order
}

// Discount is what one promotion takes off one line.
type Discount struct {
	Promotion, Title string
	// Line is the sold line's ID, and Quantity how many of its units it is for.
	Line     string
	Quantity int
	Amount   money.Amount
}

// Deposit is what is paid for the containers of a line.
type Deposit struct {
	Name, Title string
	Line        string
	Quantity    int
	Unit        money.Amount
	Amount      money.Amount
	Taxed
}

// Taxed is the tax of a line or a deposit.
type Taxed struct {
	// Class is the tax's name and Added says that it comes on top.
	Class string
	Rate  money.Rate
	Added bool
	// Tax is its part in the tax of its class.
	Tax money.Amount
	// Paid is all that is paid for it, added tax included: what a refund of it
	// gives back.
	Paid money.Amount
}

// Tax is the tax of one class at one rate.
type Tax struct {
	Name  string
	Rate  money.Rate
	Added bool
	// Gross is with the tax, whether it was included or added.
	Gross, Tax money.Amount
}

// Basket prices a basket. The error is ErrLimit, or of package money; with the
// bounds of a store file no basket that anybody carries has one. Products that
// the store doesn't sell cost nothing and are left out.
func Basket(x *storedef.Index, r Request) (Priced, error) {
	b := basket{x: x, r: r, cur: x.Store.Currency, rounding: x.Store.Receipt.Rounding, noted: map[[2]int]int{}}
	for _, step := range []func() error{b.price, b.rank, b.promote, b.wholeBasket, b.deposit, b.tax, b.total} {
		if err := step(); err != nil {
			return Priced{}, fmt.Errorf("price a basket: %w", err)
		}
	}
	return b.out, nil
}

// basket is the work of one Basket.
type basket struct {
	x        *storedef.Index
	r        Request
	cur      money.Currency
	rounding money.Rounding
	lots     []lot
	// order are the sold lines in an order that the request's doesn't matter for.
	order []int
	// noted finds a discount by its line and promotion.
	noted map[[2]int]int
	out   Priced
}

// total adds up what is paid.
func (b *basket) total() error {
	amounts := make([]money.Amount, 0, len(b.out.Lines)+len(b.out.Deposits))
	for i := range b.out.Lines {
		l := &b.out.Lines[i]
		left, err := l.Amount.Sub(l.Discount)
		if err != nil {
			return err
		}
		if err := l.pay(left); err != nil {
			return err
		}
		amounts = append(amounts, l.Paid)
	}
	for i := range b.out.Deposits {
		d := &b.out.Deposits[i]
		if err := d.pay(d.Amount); err != nil {
			return err
		}
		amounts = append(amounts, d.Paid)
	}
	b.sortDiscounts()
	var err error
	b.out.Total, err = money.Sum(b.cur, amounts...)
	return err
}

func (t *Taxed) pay(amount money.Amount) (err error) {
	t.Paid = amount
	if t.Added {
		t.Paid, err = amount.Add(t.Tax)
	}
	return err
}

// Refund is what is given back for n units of a line or deposit of quantity, of
// which some were given back already: all refunds of it together are what was
// paid.
func Refund(paid money.Amount, quantity, already, n int) (money.Amount, error) {
	if quantity <= 0 || already < 0 || n < 0 || already > quantity || n > quantity-already {
		return money.Amount{}, fmt.Errorf("refund %d of %d units, %d given back before: %w", n, quantity, already, ErrLimit)
	}
	after, err := paid.Share(int64(already+n), int64(quantity), money.Down)
	if err != nil {
		return money.Amount{}, err
	}
	before, err := paid.Share(int64(already), int64(quantity), money.Down)
	if err != nil {
		return money.Amount{}, err
	}
	return after.Sub(before)
}
