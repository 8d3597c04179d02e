# What is priced by its mass may only stand where the scale is approved.

weight_shelf "bulk" {
  driver = acme.shelf
  zone   = zone.drinks
  bays   = 2

  bay "1" {
    trade_approved = true
  }
  bay "2" {
    trade_aproved = true # ERROR unknown_argument: no argument => trade_approved
  }
}

product "nuts" {
  gtin      = "09521234000112"
  name      = "Nuts"
  mass      = "20 g"
  price     = "9.99 EUR"
  price_per = "kg"
  tax       = tax.standard
}

planogram "bulk" {
  facing {
    at      = weight_shelf.bulk.bay[1]
    product = product.nuts
  }
  facing {
    at      = weight_shelf.cooler.bay[2] # ERROR not_approved: only a scale that is approved for trade
    product = product.nuts
  }
  facing {
    at      = weight_shelf.bulk.bay[2] # ERROR not_approved: trade_approved = true
    product = product.nuts
  }
}
