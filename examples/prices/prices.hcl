# How prices are made: taxes, deposits and promotions.

tax "standard" {
  rate = "23%" # included in prices
}

tax "reduced" {
  rate = "6%"
}

tax "none" {
  rate = "0%"
}

tax "city" {
  rate     = "8.875%"
  included = false # comes on top of the price
}

deposit "can" {
  name   = "Deposit, can"
  amount = "0.10 EUR"
  tax    = tax.none
}

promotion "three_drinks" {
  name     = "3 drinks for 4.80"
  products = [product.cola_330, product.cola_zero_330, product.orange_juice_330]
  take     = 3
  price    = "4.80 EUR"
}

promotion "sandwiches" {
  name     = "A quarter off 2 sandwiches"
  products = [product.sandwich_egg, product.sandwich_tuna]
  take     = 2
  percent  = "25%"
}

promotion "yoghurt" {
  name     = "3 for 2"
  products = [product.yoghurt_150]
  take     = 3
  pay      = 2
}

promotion "members_cola" {
  name     = "Cola for members"
  products = [product.cola_330, product.cola_zero_330]
  price    = "1.50 EUR"
  requires = "loyalty=gold" # what the reader says of the credential
}

promotion "opening" {
  name     = "Opening week, 0.20 off crisps"
  products = [product.crisps_150]
  amount   = "0.20 EUR"
  from     = "2026-01-01T00:00:00+00:00"
  until    = "2027-01-01T00:00:00+00:00"
}

promotion "large_basket" {
  name    = "5 % off from 20 euros on"
  percent = "5%"
  least   = "20.00 EUR"
}
