product "soap" {
  gtin  = "03505900" # ERROR gtin: is a UPC-E, the short form => "00035000000590"
  name  = "Soap"
  price = "1.10 EUR"
  tax   = tax.standard
}
