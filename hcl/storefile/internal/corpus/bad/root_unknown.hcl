weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zones.drinks # ERROR unknown_reference: There is no "zones" to refer to here => zone
}
