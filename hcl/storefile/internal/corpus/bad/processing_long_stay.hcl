# WITHOUT payment
payment "cards" {
  driver = acme.processor

  config {
    api_key = secret("env:KEY")
  }
}

payment "brief" {
  driver = acme.brief

  config {
    api_key = secret("env:KEY")
  }
}

# WITHOUT settlement
settlement {
  processor = payment.brief
  hold      = "15.00 EUR"

  offline {
    per_sale = "15.00 EUR"
    total    = "100.00 EUR"
    for      = "17h" # ERROR offline_outlives_keys: Offline may last 16h0m0s
  }
}

failure {
  payment = "offline"
}

entry {
  max_stay = "4h" # ERROR hold_too_short: Holds of payment.brief last 28h0m0s
}
