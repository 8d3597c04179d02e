weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drnks # ERROR unknown_reference: There is no zone "drnks" => zone.drinks
}
