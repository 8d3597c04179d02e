# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    partial_capture = false # ERROR no_partial_capture: can't capture less
  }

  config {
    api_key = secret("env:KEY")
  }
}
