# A shop with one of everything, for tests of tests.

store "shop" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

variable "hold" {
  default = "30.00 EUR"
}

variable "exit" {
  default = "both"
}

plugin "acme" {
  source = "./acme"
}

zone "door" {}
zone "aisle" {}

gate "front" {
  driver = acme.gate
  zone   = zone.door
  role   = var.exit
}

credential_reader "front" {
  driver = acme.reader
  serves = gate.front
}

rfid_reader "front" {
  driver = acme.lane
  zone   = zone.door
  serves = gate.front
}

camera "ceiling" {
  driver = acme.camera
  zones  = [zone.door, zone.aisle]
}

weight_shelf "shelf" {
  driver = acme.shelf
  zone   = zone.aisle
  bays   = 3
}

payment "cards" {
  driver = acme.cards
}

tax "standard" {
  rate = "23%"
}

product "cola" {
  gtin  = "09521234000112"
  name  = "Cola"
  mass  = "352 g"
  price = "1.80 EUR"
  tax   = tax.standard
}

product "water" {
  gtin  = "09521234000334"
  name  = "Water"
  mass  = "521 g"
  price = "1.10 EUR"
  tax   = tax.standard
}

product "lager" {
  gtin  = "09521234001218"
  name  = "Lager"
  mass  = "558 g"
  price = "1.70 EUR"
  tax   = tax.standard
  age   = 18
}

product "scarf" {
  gtin      = "09521234002642"
  name      = "Scarf"
  price     = "25.00 EUR"
  tax       = tax.standard
  certified = ["tag"]
}

planogram "one" {
  facing {
    at      = weight_shelf.shelf.bay[1]
    product = product.cola
    depth   = 6
  }

  facing {
    at      = weight_shelf.shelf.bay[2]
    product = product.water
    depth   = 6
  }

  facing {
    at      = weight_shelf.shelf.bay[3]
    product = product.lager
    depth   = 6
  }
}

entry {
  staff = ["badge-keeper"]
}

settlement {
  processor = payment.cards
  hold      = var.hold
  retry     = ["1h"]
}

failure {
  payment = "close_entry"
}
