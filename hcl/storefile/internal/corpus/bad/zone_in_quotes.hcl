weight_shelf "snacks" {
  driver = acme.shelf
  zone   = "drinks" # ERROR wrong_type: "zone" needs a reference to a zone => zone.drinks
}
