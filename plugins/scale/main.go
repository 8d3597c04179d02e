// Command scale is the plugin of shop and bench scales on serial lines and
// networks: MT-SICS, NCI and Toledo 8213/8217, and of USB HID scales. The host
// starts it; package platform reads the scales.
package main

import (
	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/hidscale"
	"github.com/openaisle/aisle/plugins/scale/internal/platform"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/shelf"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "aisle/scale", Version: "0.1.0",
		Drivers: []sdk.Driver{
			shelf.Driver("sics", platform.Driver(func(platform.Config) dialect.Dialect { return dialect.SICS{} }, "8N1")).
				WithDoc("A scale that speaks MT-SICS, of Mettler Toledo and compatible ones: serial, or TCP. It can be tared."),
			shelf.Driver("nci", platform.Driver(func(platform.Config) dialect.Dialect { return dialect.NCI{} }, "7E1")).
				WithDoc("A scale that speaks NCI (SCP-01) or NCI-ECR: Avery Weigh-Tronix, Brecknell, NCR, Ohaus, Mettler Toledo."),
			shelf.Driver("toledo", platform.Driver(func(c platform.Config) dialect.Dialect { return dialect.Toledo{Unit: c.Unit} }, "7E1")).
				WithDoc("A scale that speaks Toledo 8213 or 8217. It does not say its unit: write unit as it is set."),
			shelf.Driver("hid", hidscale.Open).WithDoc("A USB scale of HID usage page 0x8D: Dymo M10 and M25, Mettler Toledo BC."),
		},
	}
}
