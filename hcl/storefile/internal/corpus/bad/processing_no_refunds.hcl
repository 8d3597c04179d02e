# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    refund_window = "24h"
  }

  config {
    api_key = secret("env:KEY")
  }
}

# WITHOUT settlement
settlement {
  processor = payment.cards # WARNING no_line_refund: gives money back for 24h0m0s only
  hold      = "15.00 EUR"
}
