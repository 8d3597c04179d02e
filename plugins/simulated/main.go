// Command simulated is a plugin with devices of all six classes over the
// simulated world of plugins/simulated/world.
//
// The devices are thin: they pass on what the world reports and carry commands
// to it, and nothing of the store is decided here. They import sdk and this
// plugin's own packages, as any vendor's plugin would.
package main

import (
	"strings"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/camera"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/rfid"
	"github.com/openaisle/aisle/sdk/shelf"
)

// version is the plugin's own, apart from the module's. A drill gives it another
// one by the linker's -X.
var version = "0.1.0"

// broken, set by the linker's -X, makes a release that starts and describes
// itself as it should, and opens no device: what a drill rolls back.
var broken string

// asks, set likewise, is a folder that the release says it reads: what an
// upgrade has to accept.
var asks string

func main() { sdk.Serve(simulated()) }

// simulated is the plugin as it is served.
func simulated() sdk.Plugin {
	return sdk.Plugin{
		Name:    "aisle/simulated",
		Version: version,
		Needs:   sdk.Needs{Read: strings.Fields(asks)},
		Drivers: []sdk.Driver{
			gate.Driver("gate", openGate).WithDoc("A gate of the simulated world: one lane for both directions."),
			credential.Driver("reader", openReader).WithDoc("A palm, card, badge or code reader of the simulated world."),
			rfid.Driver("lane", openLane).WithDoc("An RFID reader that sees the tags that leave by one gate of the simulated world."),
			shelf.Driver("shelf", openShelf).WithDoc("A weight shelf of the simulated world, with the bays that its scene gives it."),
			camera.Driver("camera", openCamera).WithDoc("A camera of the simulated world: tracks and hands, no frames."),
			payment.Driver("processor", processorCan, openProcessor).WithDoc("The card processor of the simulated world. It moves no real money."),
		},
	}
}

// config is the config block of every driver.
type config struct {
	World string `aisle:"world,required,dial" doc:"Address of the simulated world, such as peer.world.address."`
}
