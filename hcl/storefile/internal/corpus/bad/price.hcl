product "water" {
  gtin  = "09521234000112"
  name  = "Water"
  price = "1.10 USD" # ERROR currency: "price" is in USD, the store in EUR
  tax   = tax.standard
}

product "tea" {
  gtin  = "09521234000228"
  name  = "Tea"
  price = "1,10 EUR" # ERROR quantity: "price" is not a quantity => "1.10 EUR"
  tax   = tax.standard
}

product "juice" {
  gtin  = "09521234000334"
  name  = "Juice"
  price = "1.105 EUR" # ERROR quantity: has more decimals than EUR
  tax   = tax.standard
}

product "milk" {
  gtin  = "09521234000440"
  name  = "Milk"
  price = "0.00 EUR" # ERROR out_of_bounds: free = true
  tax   = tax.standard
}

product "cake" {
  gtin  = "09521234000556"
  name  = "Cake"
  price = "16.00 EUR" # WARNING hold_too_small: cake costs more than is held
  tax   = tax.standard
}
