product "water" {
  gtin  = "09521234000113" # ERROR gtin: check digit is 3, expected 2
  name  = "Water"
  price = "1.10 EUR"
  tax   = tax.standard
}
