weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks

  config {
    adr = "10.0.0.1:700" # ERROR unknown_argument: Unsupported argument => addr
  }
}
