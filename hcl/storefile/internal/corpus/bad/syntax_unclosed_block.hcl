zone "snacks" {} 

gate "south" {
  driver = acme.gate
  zone = (zone.drinks
  role = "exit" # ERROR syntax: Unbalanced parentheses
}

gate "east" {
  driver = acme.gate
  zone   = zone.drnks # ERROR unknown_reference: There is no zone "drnks" => zone.drinks
  role   = "exit"
}
