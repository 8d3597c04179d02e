product "water" {
  gtin  = each.value.gtin # ERROR unknown_reference: each.key and each.value are for blocks with for_each
  name  = "Water"
  price = "1.10 EUR"
  tax   = tax.standard
}
