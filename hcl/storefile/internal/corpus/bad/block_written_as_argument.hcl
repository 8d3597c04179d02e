weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks
  config = { rate = 60 } # ERROR unknown_argument: It is a block: write config
}
