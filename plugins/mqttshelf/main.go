// Command mqttshelf is the plugin of weight shelves whose controllers publish over
// MQTT, 3.1.1 or 5. The host starts it; package platform reads the shelves, and
// README.md documents the topics.
package main

import (
	"github.com/openaisle/aisle/plugins/mqttshelf/internal/platform"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/shelf"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "aisle/mqttshelf", Version: "0.1.0",
		Drivers: []sdk.Driver{
			shelf.Driver("shelf", platform.Open).WithDoc("A shelf whose controller publishes weights over MQTT, raw or settled. It can be tared."),
		},
	}
}
