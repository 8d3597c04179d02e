// Package canonical stands in for the real one.
package canonical

import "github.com/openaisle/aisle/sdk/observe" // want depguard "canonical-knows-nothing': framework/canonical writes values"

// Known is what it must not know.
var Known observe.Kind
