// Command llrp is the plugin of fixed RFID readers that speak LLRP 1.0.1 or 1.1: Impinj, Zebra and others. The host starts it; package reader does
// the work.
package main

import (
	"github.com/openaisle/aisle/plugins/llrp/internal/reader"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/rfid"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "aisle/llrp", Version: "0.1.0",
		Drivers: []sdk.Driver{
			rfid.Driver("reader", reader.Open()).
				WithDoc("A fixed RFID reader that speaks LLRP 1.0.1 or 1.1, such as Impinj's and Zebra's. With a lane block it tells which way tags went."),
		},
	}
}
