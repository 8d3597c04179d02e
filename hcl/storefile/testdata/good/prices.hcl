# Prices, taxes, deposits and promotions: one of everything.

tax "none" {
  rate = "0%"
}

tax "city" {
  rate     = "8.875%"
  included = false
}

deposit "can" {
  name   = "Deposit, can"
  amount = "0.10 EUR"
  tax    = tax.none
}

weight_shelf "bulk" {
  driver = acme.shelf
  zone   = zone.drinks

  bay "1" {
    trade_approved = true
  }
}

product "nuts" {
  gtin      = "09521234000112"
  name      = "Nuts"
  mass      = "2 g"
  price     = "18.99 EUR"
  price_per = "kg"
  tax       = tax.city
}

product "beer" {
  gtin        = "09521234000228"
  name        = "Beer 330 ml"
  price       = "1.80 EUR"
  label_price = "1.75 EUR"
  tax         = tax.standard
  deposit     = deposit.can
  age         = 18
}

product "sample" {
  gtin  = "09521234000334"
  name  = "Sample"
  price = "0.00 EUR"
  free  = true
  tax   = tax.standard
}

planogram "bulk" {
  facing {
    at      = weight_shelf.bulk.bay[1]
    product = product.nuts
  }
}

promotion "three" {
  name     = "3 for 4.50"
  products = [product.cola, product.beer]
  take     = 3
  price    = "4.50 EUR"
}

promotion "two_for_one" {
  name     = "2 for 1"
  products = [product.cola]
  take     = 2
  pay      = 1
  from     = "2026-11-27T08:00:00+01:00"
  until    = "2026-11-28T00:00:00+01:00"
}

promotion "members" {
  name     = "For members"
  products = product.cola
  price    = "1.50 EUR"
  requires = "loyalty=gold"
}

promotion "nuts" {
  name     = "A tenth off nuts"
  products = [product.nuts]
  percent  = "10%"
}

promotion "five_off" {
  name   = "5 off 50"
  amount = "5.00 EUR"
  least  = "50.00 EUR"
}

receipt {
  rounding   = "half_even"
  tax_per    = "line"
  age_within = "15m"
}
