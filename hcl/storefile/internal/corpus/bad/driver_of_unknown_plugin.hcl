weight_shelf "snacks" {
  driver = acne.shelf # ERROR unknown_reference: There is no plugin "acne" => acme
  zone   = zone.drinks
}
