credential_reader "back" {
  driver = acme.reader
  serves = weight_shelf.cooler # ERROR wrong_reference: "serves" needs a gate, not weight_shelf.cooler
}
