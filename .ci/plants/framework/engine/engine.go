// Package engine stands in for the real one.
package engine

import (
	"github.com/openaisle/aisle/framework/dispatch" // want depguard "engine-knows-no-machine': only framework/store knows"
	"github.com/openaisle/aisle/tools/aisle/show"   // want depguard "framework-is-below-tools': framework imports only hcl and sdk"
)

// An Engine knows too much.
type Engine struct {
	dispatch.Thing
	Show show.Thing
}
