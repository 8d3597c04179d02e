facing { # ERROR unknown_block: A facing belongs into a planogram
  at = weight_shelf.cooler.bay[2]
}
