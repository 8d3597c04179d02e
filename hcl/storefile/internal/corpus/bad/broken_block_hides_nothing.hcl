zone "snacks" {
  = 1 # ERROR syntax: Argument or block definition required
}

weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.snacks
  bays   = 0 # ERROR out_of_bounds: It is 0; it may be 1 to 256
}
