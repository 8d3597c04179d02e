product "water" {
  gtin  = 5449000000996 # ERROR wrong_type: "gtin" needs text in quotes => "5449000000996"
  name  = "Water"
  price = "1.10 EUR"
  tax   = tax.standard
}
