# What shoppers of the corner shop pay. Try it:  aisle test examples/corner --story

run "two_colas_by_card" {
  enter {
    by = "card"
    at = credential_reader.card_south
  }
  take {
    product = product.cola_330
    units   = 2
  }
  assert {
    condition     = cart.units.cola_330 == 2 && cart.total == "3.60 EUR"
    error_message = "Two colas are 3.60."
  }
  put {
    product = product.cola_330
  }
  assert {
    condition     = cart.total == "1.80 EUR"
    error_message = "One was put back."
  }
  leave {}
  assert {
    condition     = receipt.total == "1.80 EUR" && receipt.payment == "captured"
    error_message = "One cola is 1.80."
  }
  assert {
    condition     = length(alerts) == 0
    error_message = "Nothing is in doubt."
  }
}
