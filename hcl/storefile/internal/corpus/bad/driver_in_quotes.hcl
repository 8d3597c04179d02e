weight_shelf "snacks" {
  driver = "acme.shelf" # ERROR wrong_type: "driver" needs a plugin and one of its drivers => acme.shelf
  zone   = zone.drinks
}
