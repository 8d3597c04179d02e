planogram "week" {
  facing {
    at      = weight_shelf.cooler.bay[2]
    product = product.coal # ERROR unknown_reference: There is no product "coal" => product.cola
    depth   = 0 # ERROR out_of_bounds: "depth" is out of bounds
  }
}
