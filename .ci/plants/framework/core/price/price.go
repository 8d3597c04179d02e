// Package price stands in for the real one.
package price

import (
	"github.com/openaisle/aisle/framework/core/cart" // want depguard "price imports hcl/storedef and the sdk vocabulary only"
)

// A Thing is something to import.
type Thing struct{ cart.Thing }
