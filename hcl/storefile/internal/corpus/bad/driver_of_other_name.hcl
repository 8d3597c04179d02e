weight_shelf "snacks" {
  driver = acme.hx711 # ERROR unknown_driver: Plugin "acme" has no driver "hx711" => acme.shelf
  zone   = zone.drinks
}
