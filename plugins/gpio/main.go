// Command gpio is the plugin of what is wired to the machine itself: relay gates, badge readers on
// Wiegand lines, load cells on HX711 and NAU7802 converters, and contactless cards on
// MFRC522, with a display for who presents them. The host starts it; a package below internal makes
// each device.
package main

import (
	"github.com/openaisle/aisle/plugins/gpio/internal/display"
	lane "github.com/openaisle/aisle/plugins/gpio/internal/gate"
	"github.com/openaisle/aisle/plugins/gpio/internal/hx711"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/plugins/gpio/internal/mfrc522"
	"github.com/openaisle/aisle/plugins/gpio/internal/nau7802"
	"github.com/openaisle/aisle/plugins/gpio/internal/wiegand"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/shelf"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "aisle/gpio", Version: "0.1.0",
		Drivers: []sdk.Driver{
			gate.Driver("relay_gate", lane.Open(lane.Pins)).WithDoc("A turnstile or speed gate on relays, which tells of bodies by contacts or by a light curtain."),
			gate.Driver("beams", lane.OpenCounter(lane.Pins)).WithDoc("An open lane: contacts or a light curtain count who passes, and nothing is locked."),
			credential.Driver("wiegand", display.On(wiegand.Driver(wiegand.Chardev), i2cdev.Open)).WithDoc("A badge reader on two Wiegand lines, of 26, 34 or 37 bits. What it reads leaves as a token."),
			shelf.Driver("nau7802", nau7802.Driver(i2cdev.Open)).WithDoc("A shelf of load cells, each on a NAU7802 with an I2C bus of its own."),
			shelf.Driver("hx711", hx711.Driver(hx711.Chardev)).WithDoc("A shelf of load cells, each on an HX711 with two GPIO lines. A busy machine loses readings of it; NAU7802 is the better chip."),
			credential.Driver("mfrc522", display.On(mfrc522.Driver(mfrc522.Sysfs), i2cdev.Open)).WithDoc("A reader of contactless cards on an MFRC522 by SPI. It knows a card by its UID, which anybody can copy to another card."),
		},
	}
}
