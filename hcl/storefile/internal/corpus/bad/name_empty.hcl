product "water" {
  gtin  = "09521234000112"
  name  = "" # ERROR out_of_bounds: The name is empty
  price = "1.10 EUR"
  tax   = tax.standard
}
