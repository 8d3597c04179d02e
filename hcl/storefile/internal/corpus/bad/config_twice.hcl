weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks

  config {}
  config {} # ERROR duplicate: There is a second config block
}
