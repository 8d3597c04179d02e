planogram "week" {
  facing { # ERROR missing_argument: The argument "product" is missing
    at = weight_shelf.cooler.bay[2]
  }
}
