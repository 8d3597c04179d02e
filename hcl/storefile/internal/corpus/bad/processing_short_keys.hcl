# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    key_window = "14m59s" # ERROR short_keys: needs at least 15m0s
  }

  config {
    api_key = secret("env:KEY")
  }
}
