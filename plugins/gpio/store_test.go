package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cp2112sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/display/ssd1306sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2csim"
	"github.com/openaisle/aisle/plugins/gpio/internal/nau7802/nau7802sim"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
	"github.com/openaisle/aisle/tools/hil/storehost"
)

// storeLimit is how long the machine may take.
const storeLimit = 12 * time.Minute

// storeText is the store: every device is on hardware of the kernel's.
const storeText = `
store "bench" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

plugin "gpio" { source = "/hil/bin/gpio" }
plugin "scale" { source = "/hil/bin/scale" }
plugin "stripe" { source = "/hil/bin/stripe" }

zone "entrance" {}
zone "yard" {}
zone "floor" {}

gate "north" {
  driver = gpio.relay_gate
  zone   = zone.entrance
  role   = "both"
  config {
    chip       = %q
    unlock_in  = "UNLOCK"
    passed_in  = "IN"
    passed_out = "OUT"
    fire       = "FIRE"
    bias       = "none"
    debounce   = "0s"
    window     = "1m"
  }
}

gate "yard" {
  driver = gpio.beams
  zone   = zone.yard
  role   = "exit"
  config {
    chip       = %q
    passed_in  = "0"
    passed_out = "1"
    bias       = "none"
    debounce   = "0s"
  }
}

credential_reader "north" {
  driver = gpio.wiegand
  serves = gate.north
  config {
    chip      = %q
    d0        = 0
    d1        = 1
    pause     = "400ms"
    token_key = secret("file:token.key")
    display {
      bus = %q
    }
  }
}

credential_reader "card" {
  driver = gpio.mfrc522
  serves = gate.north
  config {
    port      = "/dev/spidev0.0"
    token_key = secret("file:token.key")
  }
}

weight_shelf "wall" {
  driver    = gpio.nau7802
  zone      = zone.floor
  bays      = 1
  certified = ["weight"]
  config {
    hold = "1s"
    bay {
      bus   = %q
      grams = 0.01
      rate  = 20
    }
  }
}

weight_shelf "counter" {
  driver    = scale.toledo
  zone      = zone.floor
  bays      = 1
  certified = ["weight"]
  config {
    port   = "/dev/ttyS2"
    answer = "5s"
  }
}

# Nothing is ever asked of it: badges are paid by the house.
payment "unused" {
  driver = stripe.stripe
  config {
    api_key  = secret("file:api.key")
    base_url = "http://127.0.0.1:9"
  }
}

tax "food" { rate = "7%%" }

product "stew" {
  gtin  = "09521234003014"
  name  = "Stew"
  mass  = "480 g"
  price = "4.90 EUR"
  tax   = tax.food
}

product "apple" {
  gtin  = "09521234003458"
  name  = "Apple"
  mass  = "180 g"
  price = "0.60 EUR"
  tax   = tax.food
}

planogram "bench" {
  facing {
    at      = weight_shelf.wall.bay[1]
    product = product.stew
    depth   = 10
  }
  facing {
    at      = weight_shelf.counter.bay[1]
    product = product.apple
    depth   = 50
  }
}

entry {
  tenders      = ["badge"]
  admit_within = "1m"
}

house "office" { tender = "badge" }

settlement {
  processor = payment.unused
  hold      = "15.00 EUR"
}
`

// A store in one machine: its host, its plugins in their processes, with
// AISLE_HIL_RACE=1 all of them with the race detector, on hardware of a real kernel: a gate on relays, beams, Wiegand, a load cell and a display on I2C, cards on
// SPI, a scale on RS-232. Somebody comes in by badge, takes something off both shelves and leaves;
// the receipt is right, and the next one is let in by card. The store is loaded, run and asked by the commands that its staff have.
func TestVMStore(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, all of its simulated hardware under one store")
	storeVM(t).Run(t, func(t *testing.T) {
		lane, reader := gpiosim.NewLabelled(t, "yard", 2), gpiosim.NewLabelled(t, "reader", 2)
		for l := range 2 {
			lane.Set(l, true)
			reader.Set(l, true)
		}
		turnstile := newTurnstile(t)
		cell := nau7802sim.New(480_000, 20) // ten stews
		screen := oled{ssd1306sim.New(0x3C, 64)}
		bridge := cp2112sim.New(t, i2csim.Bus{cell, screen})
		cards, scale := cardChip(t), newOrders(t)
		scale.put(50 * 180)

		r := storehost.Run(t, fmt.Sprintf(storeText, turnstile.Path, lane.Path, reader.Path, bridge.Path, bridge.Path),
			map[string]string{"token.key": "a store's own key", "api.key": "sk_test_nobody"})
		for _, d := range []string{"gate.north", "gate.yard", "credential_reader.north", "credential_reader.card", "weight_shelf.wall", "weight_shelf.counter"} {
			storehost.Wait(t, d+" is ready", func() bool { return r.Ready(d) })
		}
		storehost.Wait(t, "the shelves stand", func() bool { return r.Weighs("weight_shelf.wall", 4800) && r.Weighs("weight_shelf.counter", 9000) })
		if turnstile.on() != 0 {
			t.Fatal("a relay was on before anybody came")
		}

		present(t, r, reader)
		storehost.Wait(t, "the relay unlocks", func() bool { return turnstile.on() == 1 })
		storehost.Wait(t, "the display says so", func() bool { return screen.showed("Welcome", "Come in.") })
		turnstile.body(passedIn)
		storehost.Wait(t, "somebody is in", func() bool { return r.Reported("gate.north", "passage", "") })
		cell.Add(-48_000)
		storehost.Wait(t, "a stew is gone", func() bool { return r.Weighs("weight_shelf.wall", 4320) })
		scale.put(-2 * 180)
		storehost.Wait(t, "two apples are gone", func() bool { return r.Weighs("weight_shelf.counter", 8640) })
		turnstile.body(passedOut)
		storehost.Wait(t, "there is a receipt", func() bool { _, ok := r.Fact("receipt_issued"); return ok })

		receipt, _ := r.Fact("receipt_issued")
		for _, words := range []string{`"title":"Stew","quantity":1,`, `"title":"Apple","quantity":2,`} {
			if !strings.Contains(receipt, words) {
				t.Errorf("no %s in the receipt %s", words, receipt)
			}
		}
		if posted, _ := r.Fact("house_posted"); !strings.Contains(posted, `"house":"office"`) || !strings.Contains(posted, `"minor":610`) {
			t.Errorf("posted: %s", posted)
		}
		const out = 1
		lane.Edge(out, false)
		lane.Edge(out, true)
		storehost.Wait(t, "the yard's beam counts", func() bool { return r.Reported("gate.yard", "passage", "") })
		if turnstile.on() != 1 {
			t.Errorf("the relay was on %d times", turnstile.on())
		}
		if _, err := fmt.Fprintln(cards, "04010203040506"); err != nil {
			t.Fatal(err)
		}
		storehost.Wait(t, "a card is read, and lets the next one in", func() bool {
			return r.Reported("credential_reader.card", "credential", "badge_") && turnstile.on() == 2
		})
		r.End()
	})
}
