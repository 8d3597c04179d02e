weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks
  certified { # ERROR unknown_block: is an argument, not a block
  }
}
