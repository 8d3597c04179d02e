product "water" {
  gtin  = "09521234000112"
  name  = "Water"
  price = "1.10 EUR"
  tax   = tax.standard
}

planogram "week" {
  facing {
    at      = weight_shelf.cooler.bay[2]
    product = product.water # ERROR missing_argument: product.water has no mass
    depth   = 1.5 # ERROR wrong_type: "depth" needs a whole number
  }
}
