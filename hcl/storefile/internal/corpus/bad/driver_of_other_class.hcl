weight_shelf "snacks" {
  driver = acme.camera # ERROR wrong_class: acme.camera is no driver of a weight_shelf => acme.shelf
  zone   = zone.drinks
}
