// Package store stands in for the composition root, which may know everyone.
package store

import (
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/dispatch"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/plugins/simulated/world" // want depguard "framework-is-below-tools': framework imports only hcl and sdk"
)

// A Store is put together.
type Store struct {
	Engine     engine.Engine
	Dispatch   dispatch.Thing
	Devices    devices.Thing
	Supervisor supervisor.Process
	API        httpapi.Server
	World      world.Thing
}
