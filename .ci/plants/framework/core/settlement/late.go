package settlement

import "github.com/openaisle/aisle/framework/core/receipt" // want depguard "stage-settlement': stage order is import order"

// Late looks ahead.
type Late struct{ receipt.Thing }
