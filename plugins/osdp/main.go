// Command osdp is the plugin of access control hardware that speaks OSDP, version
// 2: badge readers, keypads, palm readers, and gates on outputs and inputs, several on
// a line.
// The host starts it; package platform makes the devices.
package main

import (
	"github.com/openaisle/aisle/plugins/osdp/internal/platform"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/gate"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	var lines platform.Lines
	return sdk.Plugin{
		Name: "aisle/osdp", Version: "0.1.0",
		Drivers: []sdk.Driver{
			credential.Driver("badge", lines.Badge).WithDoc("A badge reader on an OSDP line. What it reads leaves as a token."),
			credential.Driver("keypad", lines.Keypad).WithDoc("A keypad on an OSDP line. A code ends with #, and leaves as a token."),
			credential.Driver("palm", lines.Palm).WithDoc("A reader on an OSDP line that recognises people by itself, such as by the palm. It hands over its own name of somebody, which the store pairs with an account."),
			gate.Driver("gate_io", lines.Gate).WithDoc("A turnstile or speed gate on the outputs and inputs of an OSDP peripheral."),
		},
	}
}
