weight_shelf "snacks" {
  driver = acme.shelf
  zone   = gate.north # ERROR wrong_reference: gate.north is a gate
}
