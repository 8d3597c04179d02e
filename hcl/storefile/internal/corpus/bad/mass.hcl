product "water" {
  gtin           = "09521234000112"
  name           = "Water"
  mass           = 521 # ERROR wrong_type: a quantity with its unit => "521 g"
  price          = "1.10 EUR"
  tax            = tax.standard
}

product "tea" {
  gtin  = "09521234000228"
  name  = "Tea"
  mass  = "521 gr" # ERROR quantity: unknown unit "gr" => "521 g"
  price = "1.10 EUR"
  tax   = tax.standard
}

product "juice" {
  gtin  = "09521234000334"
  name  = "Juice"
  mass  = "0 g" # ERROR out_of_bounds: it may be more than 0 g
  price = "1.10 EUR"
  tax   = tax.standard
}

product "milk" {
  gtin           = "09521234000440"
  name           = "Milk"
  mass           = "1 kg"
  mass_deviation = "1 kg" # ERROR out_of_bounds: less than the mass
  price          = "1.10 EUR"
  tax            = tax.standard
}

product "cake" {
  gtin           = "09521234000556"
  name           = "Cake"
  mass_deviation = "1 g" # ERROR missing_argument: The argument "mass" is missing
  price          = "1.10 EUR"
  tax            = tax.standard
}
