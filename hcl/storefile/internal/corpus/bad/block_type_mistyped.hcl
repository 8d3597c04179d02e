gaet "south" { # ERROR unknown_block: There are no "gaet" blocks here => gate
  driver = acme.gate
  zone   = zone.entrance
  role   = "exit"
}

credential_reader "south" {
  driver = acme.reader
  serves = gate.south
}

varable "tags" { # ERROR unknown_block: There are no "varable" blocks here => variable
  default = "x"
}

weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks
  config {
    tags = [var.tags]
  }
}
