package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/storehost"
	"github.com/openaisle/aisle/tools/hil/usbsim"
)

// usbStore is a store with one scale, on USB. Nobody ever comes in: what its gate and its
// processor speak to is not there.
const usbStore = `
store "bench" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

plugin "scale" { source = "/hil/bin/scale" }

plugin "gpio" { source = "/hil/bin/gpio" }
plugin "stripe" { source = "/hil/bin/stripe" }

zone "floor" {}

gate "north" {
  driver = gpio.beams
  zone   = zone.floor
  role   = "both"
  config {
    chip       = "/dev/gpiochip0"
    passed_in  = "0"
    passed_out = "1"
  }
}

credential_reader "north" {
  driver = gpio.wiegand
  serves = gate.north
  config {
    chip      = "/dev/gpiochip0"
    d0        = 2
    d1        = 3
    token_key = secret("file:token.key")
  }
}

payment "unused" {
  driver = stripe.stripe
  config {
    api_key  = secret("file:api.key")
    base_url = "http://127.0.0.1:9"
  }
}

settlement {
  processor = payment.unused
  hold      = "15.00 EUR"
}

weight_shelf "counter" {
  driver = scale.toledo
  zone   = zone.floor
  bays   = 1
  config {
    usb_serial = "SCALE-41"
    answer     = "5s"
  }
}
`

// usbStoreVM is the machine of that store.
func usbStoreVM(t *testing.T) hil.VM {
	t.Helper()
	vm := hil.VM{Modules: usbsim.Modules, Memory: 2048, Limit: 12 * time.Minute}
	hil.Need(t)
	if !hil.Guest() {
		if os.Getenv("AISLE_LONG") == "" {
			t.Skip("AISLE_LONG is not set: it builds a host and a plugin, and a machine runs them for a minute or more")
		}
		vm.Files = storehost.Programs(t, "scale", "gpio", "stripe")
	}
	return vm
}

// In a store the plugin sees nothing of /sys and no port but what it is granted: the port of the
// device of that number. The device is not there when the store opens, comes later, beside another
// whose port looks alike, and again under the other's name; the store goes on all the while.
func TestVMUSBScaleInStore(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, a USB serial line of its gadget driver, under one store")
	usbStoreVM(t).Run(t, func(t *testing.T) {
		const scale = "weight_shelf.counter"
		device, scanner := usbsim.NewSerial(t, 0, "SCALE-41"), usbsim.NewSerial(t, 1, "SCANNER-7")
		s := behind(t, device.Port)
		named(t, scanner, "/dev/ttyACM0")
		r := storehost.Run(t, usbStore, map[string]string{"api.key": "sk_test_nobody", "token.key": "a store's own key"})
		offline := func(says string) func() bool {
			return func() bool {
				state, cause := r.State(scale)
				return state == "offline" && strings.Contains(cause, says)
			}
		}
		const absent = `no USB device with the serial number "SCALE-41" is plugged in`
		storehost.Wait(t, "the scale is missed", offline(absent))
		if _, cause := r.State(scale); strings.Contains(cause, "SCANNER") {
			t.Errorf("the plugin sees what is not its own: %s", cause)
		}

		named(t, device, "/dev/ttyACM1")
		storehost.Wait(t, "the scale weighs", func() bool { return r.Ready(scale) && r.Weighs(scale, 12_000) })
		if said := r.Command("devices", "--json"); !strings.Contains(said, "device nodes of its own") {
			t.Errorf("it is not isolated: %s", said)
		}

		device.Unplug()
		storehost.Wait(t, "the cable is missed", offline(""))
		scanner.Unplug()
		s.Put(-1_000)
		named(t, device, "/dev/ttyACM0") // the scanner's old name
		storehost.Wait(t, "the scale weighs again", func() bool { return r.Ready(scale) && r.Weighs(scale, 11_000) })
		r.End()
	})
}
