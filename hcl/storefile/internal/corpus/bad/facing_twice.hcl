planogram "week" {
  facing {
    at      = weight_shelf.cooler.bay[1]
    product = product.cola # ERROR duplicate: product.cola is on this bay already
  }
}
