product "list" {
  for_each = ["a", "b"] # ERROR wrong_type: "for_each" can't take that
  gtin     = "09521234000112"
  name     = each.value
  price    = "1.10 EUR"
  tax      = tax.standard
}

product "map" {
  for_each = { one = "09521234000112", two = "09521234000113" }
  gtin     = each.value # ERROR gtin: check digit is 3, expected 2
  name     = each.kye # ERROR unknown_reference: each has no "kye" => each.key
  price    = "1.10 EUR"
  tax      = tax.standard
}
