settlement { # ERROR duplicate: There is a second settlement block
  processor = payment.cards
  hold      = "20.00 EUR"
}
