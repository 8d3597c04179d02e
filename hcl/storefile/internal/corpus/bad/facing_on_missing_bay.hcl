planogram "week" {
  facing {
    at      = weight_shelf.cooler.bay[3] # ERROR unknown_reference: weight_shelf.cooler has no bay 3
    product = product.cola
  }
}
