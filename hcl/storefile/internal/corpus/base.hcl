# What every bad file is loaded with, so that it holds only its mistake.

store "test" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

plugin "acme" {
  source = "acme/everything"
}

peer "world" {
  source = "./world"
}

zone "entrance" {}
zone "drinks" {}

gate "north" {
  driver = acme.gate
  zone   = zone.entrance
  role   = "both"
}

credential_reader "door" {
  driver = acme.reader
  serves = gate.north
}

weight_shelf "cooler" {
  driver = acme.shelf
  zone   = zone.drinks
  bays   = 2
}

payment "cards" {
  driver = acme.processor

  config {
    api_key = secret("env:KEY")
  }
}

tax "standard" {
  rate = "23%"
}

product "cola" {
  gtin  = "05449000000996"
  name  = "Cola 330 ml"
  mass  = "345 g"
  price = "1.80 EUR"
  tax   = tax.standard
}

planogram "now" {
  facing {
    at      = weight_shelf.cooler.bay[1]
    product = product.cola
    depth   = 10
  }
}

settlement {
  processor = payment.cards
  hold      = "15.00 EUR"
}
