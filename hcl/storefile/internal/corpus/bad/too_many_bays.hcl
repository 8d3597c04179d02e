weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks
  bays   = 257 # ERROR out_of_bounds: It is 257; it may be 1 to 256
}
