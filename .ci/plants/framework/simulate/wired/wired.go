// Package wired stands in for the real one, which may know engine and machines.
package wired

import (
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/supervisor/inmemory"
	"github.com/openaisle/aisle/tools/aisle/show" // want depguard "framework-is-below-tools': framework imports only hcl and sdk"
)

// A Host is put together.
type Host struct {
	engine.Engine
	inmemory.Thing
	Show show.Thing
}
