# The smallest shop that charges: what aisle drill host-kill --in-flight kills. One plugin has all that senses, another
# the processor, so that each can be killed alone; the processor is a process of its own that the drill starts, kills and
# starts again.

store "till" {
  gln      = "9521234000013"
  currency = "EUR"
  timezone = "UTC"
}

variable "seed" {
  default     = 1
  description = "The same seed gives the same shoppers."
}

variable "shoppers" {
  default     = 20
  description = "How many visits there are before the world is idle."
}

variable "bank" {
  description = "Address of the processor, as unix:PATH."
}

# The drill builds both once: a host that is killed again and again should not look each time whether they are up to date.
variable "world" {
  default     = "../../../../../plugins/simulated/world"
  description = "The simulated world: a Go package or a binary."
}

variable "plugin" {
  default     = "../../../../../plugins/simulated"
  description = "Its devices: a Go package or a binary."
}

peer "world" {
  source = var.world
  clock  = true
  args = [
    "--scene", "${path.store}/floor.json", "--seed", var.seed, "--shoppers", var.shoppers, "--noise", "none", "--speed", "20",
    "--arrivals", "4s", "--basket", "3",
  ]
}

plugin "floor" {
  source = var.plugin
}

plugin "cardinal" {
  source = var.plugin
}

zone "entrance" {}
zone "drinks" {}

gate "north" {
  driver = floor.gate
  zone   = zone.entrance
  role   = "both"

  config {
    world = peer.world.address
  }
}

credential_reader "palm" {
  driver = floor.reader
  serves = gate.north

  config {
    world = peer.world.address
  }
}

camera "ceiling" {
  driver = floor.camera
  zones  = [zone.entrance, zone.drinks]

  config {
    world = peer.world.address
  }
}

weight_shelf "cooler" {
  driver = floor.shelf
  zone   = zone.drinks
  bays   = 3

  config {
    world = peer.world.address
  }
}

payment "cards" {
  driver = cardinal.processor

  config {
    world = var.bank
  }
}

tax "standard" {
  rate = "23%"
}

product "cola" {
  gtin  = "09521234000112"
  name  = "Cola 330 ml"
  mass  = "352 g"
  price = "1.80 EUR"
  tax   = tax.standard
}

product "water" {
  gtin  = "09521234000334"
  name  = "Still water 500 ml"
  mass  = "521 g"
  price = "1.10 EUR"
  tax   = tax.standard
}

product "tea" {
  gtin  = "09521234000556"
  name  = "Iced tea 750 ml"
  mass  = "790 g"
  price = "1.95 EUR"
  tax   = tax.standard
}

planogram "till" {
  facing {
    at      = weight_shelf.cooler.bay[1]
    product = product.cola
    depth   = 900
  }

  facing {
    at      = weight_shelf.cooler.bay[2]
    product = product.water
    depth   = 900
  }

  facing {
    at      = weight_shelf.cooler.bay[3]
    product = product.tea
    depth   = 900
  }
}

entry {
  admit_within = "20s"
  max_stay     = "30m"
  max_party    = 4
}

attribution {
  window       = "1500ms"
  grace        = "3s"
  charge_above = "99%"
  review_above = "60%"
}

settlement {
  processor = payment.cards
  hold      = "20.00 EUR"
}

receipt {
  review_within = "30m"
  rounding      = "half_up"
}

failure {
  entry   = "closed"
  shelf   = "doubt"
  camera  = "degrade"
  rfid    = "degrade"
  reader  = "degrade"
  payment = "close_entry"
}

safety {
  free_exit_after = "2s"
}
