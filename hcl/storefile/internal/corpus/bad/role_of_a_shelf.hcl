weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks
  role   = "entry" # ERROR unknown_argument: A weight_shelf has no "role"
  serves = gate.north # ERROR unknown_argument: A weight_shelf has no "serves"
}
