// Command recording is the plugin of recorded devices: it plays what a shelf or
// a reader once measured, through the filters that a live driver uses. The host
// starts it; packages shelves and lanes do the work.
package main

import (
	"github.com/openaisle/aisle/plugins/recording/internal/lanes"
	"github.com/openaisle/aisle/plugins/recording/internal/shelves"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/rfid"
	"github.com/openaisle/aisle/sdk/shelf"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "aisle/recording", Version: "0.1.0",
		Drivers: []sdk.Driver{
			shelf.Driver("shelf", shelves.Open).WithDoc("Plays the recorded samples of a weight shelf from a CSV file, a column of grams for each bay."),
			rfid.Driver("lane", lanes.Open).WithDoc("Plays the recorded reads of an RFID reader over a lane from a CSV file, and tells which way each tag went."),
		},
	}
}
