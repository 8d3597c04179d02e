# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    hold_lifetime = "26h29m59s" # ERROR hold_too_short: 26h30m0s in all
  }

  config {
    api_key = secret("env:KEY")
  }
}
