# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    partial_refund = false
  }

  config {
    api_key = secret("env:KEY")
  }
}

# WITHOUT settlement
settlement {
  processor = payment.cards # WARNING no_line_refund: gives back whole captures only
  hold      = "15.00 EUR"
}
