// Package viewtest tells the story of a morning in a store, as records, for the
// tests of all that shows a store.
//
// It has one of everything that a page can show: visits at every stage, lines,
// doubts, a receipt that was corrected, devices that are not well. Nothing but
// tests calls it.
package viewtest

import (
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// The products of the store.
const (
	Cola     gs1.GTIN = "05449000000996"
	Water    gs1.GTIN = "05601234000108"
	Oats     gs1.GTIN = "05601234000207"
	Sardines gs1.GTIN = "05601234000306"
	Honey    gs1.GTIN = "05601234000405"
)

// Euro is an amount in cents.
func Euro(cents int64) money.Amount { return money.New(cents, "EUR") }

// Store is the definition that the story begins with.
func Store() storedef.Store {
	product := func(g gs1.GTIN, name, title string, cents int64, tax string) storedef.Product {
		return storedef.Product{GTIN: g, Name: name, Title: title, Price: Euro(cents), Tax: tax, Mass: 300 * measure.Gram}
	}
	device := func(address string, c storedef.Class, plugin, driver, zone string) storedef.Device {
		return storedef.Device{Address: address, Class: c, Plugin: plugin, Driver: driver, Zones: []string{zone}}
	}
	return storedef.Store{
		Name: "corner", Currency: "EUR", Timezone: "Europe/Lisbon",
		Devices: []storedef.Device{
			device("camera.ceiling", storedef.ClassCamera, "northlight", "dome", "zone.drinks"),
			device("credential_reader.door", storedef.ClassCredentialReader, "palmera", "reader", "zone.entrance"),
			device("gate.north", storedef.ClassGate, "acme", "speedlane", "zone.entrance"),
			device("payment.cards", storedef.ClassPayment, "stripe", "processor", ""),
			device("rfid_reader.lane", storedef.ClassRFIDReader, "acme", "lane", "zone.entrance"),
			device("weight_shelf.cooler_top", storedef.ClassWeightShelf, "loadcell", "hx711", "zone.drinks"),
			device("weight_shelf.pantry", storedef.ClassWeightShelf, "loadcell", "hx711", "zone.pantry"),
		},
		Taxes:   []storedef.Tax{{Name: "reduced", Rate: 60_000}, {Name: "standard", Rate: 230_000}},
		Receipt: storedef.Receipt{Rounding: money.HalfUp},
		Products: []storedef.Product{
			product(Cola, "cola_330", "Cola 330 ml", 180, "standard"),
			product(Water, "water_1l", "Still water 1 l", 95, "reduced"),
			product(Oats, "oats", "Rolled oats, wholegrain, organic, from the Alentejo, 500 g", 349, "reduced"),
			product(Sardines, "sardines", "Sardines in olive oil", 265, "standard"),
			product(Honey, "honey", "Heather honey 250 g", 780, "reduced"),
		},
	}
}
