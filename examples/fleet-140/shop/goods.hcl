# What the chain sells, and what stands where. Every row of shelves carries the same four things.

tax "standard" {
  rate = "19%"
}

tax "reduced" {
  rate = "7%"
}

locals {
  beer = var.alcohol ? { beer = { gtin = "09521234005049", name = "Beer 500 ml", mass = "870 g", price = "1.40 EUR", age = 16 } } : {}
}

product "cola" {
  gtin  = "09521234005018"
  name  = "Cola 330 ml"
  mass  = "352 g"
  price = "1.60 EUR"
  tax   = tax.standard
}

product "water" {
  gtin  = "09521234005124"
  name  = "Water 500 ml"
  mass  = "521 g"
  price = "0.90 EUR"
  tax   = tax.standard
}

product "crisps" {
  gtin  = "09521234005230"
  name  = "Crisps 150 g"
  mass  = "163 g"
  price = "2.20 EUR"
  tax   = tax.reduced
}

product "beer" {
  for_each = local.beer
  gtin     = each.value.gtin
  name     = each.value.name
  mass     = each.value.mass
  price    = each.value.price
  age      = each.value.age
  tax      = tax.standard
}

planogram "rows" {
  facing {
    for_each = [for n in range(var.shelves * 3) : { row = tostring(floor(n / 3) + 1), bay = n % 3 + 1, product = ["cola", "water", "crisps"][n % 3] }]
    at       = weight_shelf.row[each.value.row].bay[each.value.bay]
    product  = product[each.value.product]
    depth    = 12
  }

  facing {
    for_each = var.alcohol ? ["1"] : []
    at       = weight_shelf.row[each.value].bay[4]
    product  = product.beer["beer"]
    depth    = 12
  }
}
