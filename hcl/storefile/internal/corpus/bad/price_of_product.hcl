# What a product costs.

deposit "can" {
  amount = "0.10 EUR"
  tax    = tax.standard
}

product "given_away" {
  gtin  = "09521234000112"
  name  = "Given away"
  price = "0.00 EUR"
  free  = true
  tax   = tax.standard
}

product "both" {
  gtin  = "09521234000228"
  name  = "Both"
  price = "1.00 EUR"
  free  = true # ERROR out_of_bounds: It is free and has a price
  tax   = tax.standard
}

product "below" {
  gtin  = "09521234000334"
  name  = "Below"
  price = "-1.00 EUR" # ERROR out_of_bounds: not below nothing
  tax   = tax.standard
}

product "slip" {
  gtin  = "09521234000440"
  name  = "Slip of the keyboard"
  price = "1000000000.01 EUR" # ERROR out_of_bounds: at most 1000000000.00 EUR
  tax   = tax.standard
}

product "labelled" {
  gtin        = "09521234000556"
  name        = "Labelled"
  price       = "1.00 EUR"
  label_price = "0.90 USD" # ERROR currency: in USD, the store in EUR
  tax         = tax.standard
}

product "label_of_nothing" {
  gtin        = "09521234000662"
  name        = "Label of nothing"
  price       = "1.00 EUR"
  label_price = "0.00 EUR" # ERROR out_of_bounds: more than nothing
  tax         = tax.standard
}

product "by_the_pound" {
  gtin      = "09521234000778"
  name      = "By the pound"
  price     = "1.00 EUR"
  price_per = "kq" # ERROR unknown_word: measure that goods are priced by => "kg"
  tax       = tax.standard
}

product "nuts" {
  gtin      = "09521234000884"
  name      = "Nuts"
  price     = "18.99 EUR"
  price_per = "kg"
  tax       = tax.standard
  deposit   = deposit.can # ERROR out_of_bounds: Weighed goods have no deposit
}

product "beer" {
  gtin    = "09521234000990"
  name    = "Beer"
  price   = "1.00 EUR"
  tax     = tax.standard
  deposit = deposit.cn # ERROR unknown_reference: no deposit => deposit.can
  age     = 100 # ERROR out_of_bounds: It is 100; it may be 1 to 99
}

product "spirits" {
  gtin     = "09521234001102"
  name     = "Spirits"
  price    = "1.00 EUR"
  tax      = tax.standard
  age      = "18" # ERROR wrong_type: whole number
  labelprice = "0.90 EUR" # ERROR unknown_argument: no argument => label_price
}
