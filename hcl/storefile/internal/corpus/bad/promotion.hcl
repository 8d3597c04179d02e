# Promotions that say too little, too much, or what can't be.

product "nuts" {
  gtin      = "09521234000112"
  name      = "Nuts"
  price     = "9.99 EUR"
  price_per = "kg"
  tax       = tax.standard
}

promotion "nothing" { # ERROR missing_argument: Write one of price, pay, percent, amount
  name     = "Nothing"
  products = [product.cola]
}

promotion "both" {
  name     = "Both"
  products = [product.cola]
  percent  = "10%"
  amount   = "0.10 EUR" # ERROR duplicate: one way
}

promotion "typo" {
  name     = "Typo"
  products = [product.cola]
  percnt   = "10%" # ERROR unknown_argument: no argument => percent
}

promotion "products" {
  name     = "Products"
  products = [product.coal] # ERROR unknown_reference: no product => product.cola
  percent  = "10%"
}

promotion "twice" {
  name     = "Twice"
  products = [product.cola, product.cola] # ERROR duplicate: names product.cola twice
  percent  = "10%"
}

promotion "none" {
  name     = "None"
  products = [] # ERROR out_of_bounds: for no product
  percent  = "10%"
}

promotion "whole" {
  name = "Whole"
  take = 3 # ERROR unknown_argument: for the whole basket
  percent = "10%"
}

promotion "whole_price" {
  name  = "Whole price"
  price = "5.00 EUR" # ERROR unknown_argument: for the whole basket
}

promotion "least" {
  name     = "Least"
  products = [product.cola]
  percent  = "10%"
  least    = "20.00 EUR" # ERROR unknown_argument: It is for products
}

promotion "percent" {
  name     = "Percent"
  products = [product.cola]
  percent  = "101%" # ERROR out_of_bounds: up to 100 %
}

promotion "pay" {
  name     = "Pay"
  products = [product.cola]
  take     = 3
  pay      = 3 # ERROR out_of_bounds: 1 to 2
}

promotion "pay_alone" {
  name     = "Pay alone"
  products = [product.cola]
  pay      = 2 # ERROR missing_argument: take
}

promotion "take" {
  name     = "Take"
  products = [product.cola]
  take     = 101 # ERROR out_of_bounds: 1 to 100
  price    = "1.00 EUR"
}

promotion "when" {
  name     = "When"
  products = [product.cola]
  percent  = "10%"
  from     = "2026-11-27 08:00" # ERROR instant: offset from UTC
  until    = "27 November" # ERROR instant: offset from UTC
}

promotion "backwards" {
  name     = "Backwards"
  products = [product.cola]
  percent  = "10%"
  from     = "2026-11-27T08:00:00+01:00"
  until    = "2026-11-27T07:00:00Z" # ERROR out_of_bounds: later than from
}

promotion "who" {
  name     = "Who"
  products = [product.cola]
  percent  = "10%"
  requires = "gold" # ERROR attribute: loyalty=gold
}

promotion "sets_of_nuts" {
  name     = "Sets of nuts"
  products = [product.nuts] # ERROR out_of_bounds: by percent
  take     = 2
  price    = "15.00 EUR"
}

promotion "mixed" {
  name     = "Mixed"
  products = [product.nuts, product.cola] # ERROR out_of_bounds: units and kilograms
  price    = "1.00 EUR"
}

promotion "dear" {
  name     = "Dear"
  products = [product.cola]
  take     = 2
  price    = "3.60 EUR" # WARNING unused: Nobody gains
}

promotion "too_much_off" {
  name     = "Too much off"
  products = [product.cola]
  amount   = "2.00 EUR" # WARNING unused: costs less than is taken off
}

promotion "unnamed" { # ERROR missing_argument: "name"
  products = [product.cola]
  percent  = "10%"
}
