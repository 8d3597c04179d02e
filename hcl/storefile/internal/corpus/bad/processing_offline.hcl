# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    key_window = "2h" # ERROR offline_outlives_keys: Offline may last 1h36m0s
  }

  config {
    api_key = secret("env:KEY")
  }
}

# WITHOUT settlement
settlement {
  processor = payment.cards
  hold      = "15.00 EUR"

  offline {
    per_sale = "15.00 EUR"
    total    = "100.00 EUR"
    for      = "2h"
  }
}

failure {
  payment = "offline"
}
