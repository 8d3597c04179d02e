weight_shelf "snacks" {
  driver = acme.shelv # ERROR unknown_driver: Plugin "acme" has no driver "shelv" => acme.shelf
  zone   = zone.drinks
}
