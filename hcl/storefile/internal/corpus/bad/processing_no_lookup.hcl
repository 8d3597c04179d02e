# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    lookup_by_key       = false # ERROR no_lookup: neither by its key nor by a reference
    lookup_by_reference = false
  }

  config {
    api_key = secret("env:KEY")
  }
}
