package replay

import (
	"fmt"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Charge is what a visit was charged, as its newest facts say.
type Charge struct {
	// Lines are what the newest receipt charges, in its order.
	Lines []Line `json:"lines"`
	// Total is the receipt's, Captured what was taken; zero where nothing was.
	Total    money.Amount `json:"total"`
	Captured money.Amount `json:"captured"`
}

// Line is units of one product.
type Line struct {
	GTIN     string       `json:"gtin"`
	Quantity int          `json:"quantity"`
	Amount   money.Amount `json:"amount"`
}

// String says it in words.
func (c Charge) String() string {
	if len(c.Lines) == 0 && c.Captured.Minor == 0 {
		return "nothing"
	}
	var parts []string
	for _, l := range c.Lines {
		parts = append(parts, fmt.Sprintf("%d x %s", l.Quantity, l.GTIN))
	}
	return fmt.Sprintf("%s (%s), captured %s", c.Total, strings.Join(parts, ", "), c.Captured)
}

func (c Charge) equal(d Charge) bool {
	if len(c.Lines) != len(d.Lines) || c.Total.Minor != d.Total.Minor || c.Captured.Minor != d.Captured.Minor {
		return false
	}
	for i := range c.Lines {
		if c.Lines[i] != d.Lines[i] {
			return false
		}
	}
	return true
}

// charges folds facts into charges by session.
type charges struct {
	of     map[string]*Charge
	closed map[string]bool
}

func newCharges() *charges { return &charges{of: map[string]*Charge{}, closed: map[string]bool{}} }

func (c *charges) get(session string) Charge {
	if x := c.of[session]; x != nil {
		return *x
	}
	return Charge{}
}

func (c *charges) at(session string) *Charge {
	x := c.of[session]
	if x == nil {
		x = &Charge{}
		c.of[session] = x
	}
	return x
}

func (c *charges) apply(f event.Fact) {
	switch f := f.(type) {
	case event.SessionOpened:
		c.at(f.Session)
	case event.ReceiptIssued:
		x := c.at(f.Receipt.Session)
		x.Total, x.Lines = f.Receipt.Total, nil
		for _, l := range f.Receipt.Lines {
			x.Lines = append(x.Lines, Line{string(l.GTIN), l.Quantity, l.Amount})
		}
	case event.PaymentMoved:
		if f.Captured != nil {
			c.at(f.Session).Captured = *f.Captured
		}
	case event.SessionClosed:
		c.closed[f.Session] = true
	default: // facts that move nobody's money
	}
}
