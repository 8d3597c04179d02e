// Command modbus is the plugin of devices that speak Modbus, RTU or TCP: shelves on
// load-cell transmitters, and gates on relays and PLCs. The host starts it;
// package platform makes the devices.
package main

import (
	"github.com/openaisle/aisle/plugins/modbus/internal/platform"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/shelf"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	var lines platform.Lines
	return sdk.Plugin{
		Name: "aisle/modbus", Version: "0.1.0",
		Drivers: []sdk.Driver{
			shelf.Driver("load_cells", lines.Shelf).WithDoc("A shelf on load-cell transmitters: where each bay's weight stands, how wide and in which order, is written in its block."),
			gate.Driver("relay_gate", lines.Gate).WithDoc("A turnstile or speed gate on a relay module or a PLC, which tells of bodies by contacts or by a light curtain."),
		},
	}
}
