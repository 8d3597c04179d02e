gate "south" {
  driver = acme.gate
  zone   = entrance # ERROR unknown_reference: write zone.NAME => zone.entrance
  role   = both # ERROR wrong_type: Write it in quotes => "both"
}

gate "east" {
  driver = acme.gate
  zones  = [zone.drinks, drnks] # ERROR unknown_reference: write zone.NAME => zone.drinks
  role   = "exit"
  config {
    addr = localhost # ERROR unknown_reference: write it in quotes => "localhost"
  }
}
