# The chain's rules, the same everywhere.

entry {
  max_party = 4
  staff     = ["badge-manager"]
}

settlement {
  processor = payment.cards
  hold      = "30.00 EUR"
}
