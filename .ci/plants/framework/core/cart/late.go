package cart

import "github.com/openaisle/aisle/framework/core/settlement" // want depguard "stage-cart': stage order is import order"

// Late looks ahead.
type Late struct{ settlement.Thing }
