# What hangs on the rails. A tag alone suffices for it.

tax "standard" {
  rate = "21%"
}

locals {
  goods = {
    home_shirt = { gtin = "09521234004011", name = "Home shirt", price = "89.00 EUR" }
    away_shirt = { gtin = "09521234004127", name = "Away shirt", price = "89.00 EUR" }
    scarf      = { gtin = "09521234004233", name = "Scarf", price = "19.50 EUR" }
    cap        = { gtin = "09521234004349", name = "Cap", price = "24.90 EUR" }
    ball       = { gtin = "09521234004455", name = "Ball", price = "29.00 EUR" }
  }
}

product "fan" {
  for_each  = local.goods
  gtin      = each.value.gtin
  name      = each.value.name
  price     = each.value.price
  tax       = tax.standard
  certified = ["tag"]
}

promotion "set" {
  name     = "Scarf and cap for 40"
  products = [product.fan["scarf"], product.fan["cap"]]
  take     = 2
  price    = "40.00 EUR"
}
