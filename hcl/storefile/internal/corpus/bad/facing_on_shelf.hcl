planogram "week" {
  facing {
    at      = weight_shelf.cooler # ERROR wrong_reference: A facing is on one bay => weight_shelf.cooler.bay[1]
    product = product.cola
  }
}
