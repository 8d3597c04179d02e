product "water" {
  gtin  = "5449000000996" # ERROR duplicate: Two products have GTIN 05449000000996
  name  = "Water"
  price = "1.10 EUR"
  tax   = tax.standard
}
