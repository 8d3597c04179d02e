zone "snacks" {}

gate "south" {
  driver = acme.gate
  role   = "exit # ERROR syntax: The text is not closed
  zone   = zone.snacks
}

credential_reader "south" {
  driver = acme.reader
  serves = gate.south
}
