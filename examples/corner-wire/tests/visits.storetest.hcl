# What shoppers of the corner shop on real protocols pay, to the cent. Try it:  aisle test examples/corner-wire --story

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
  put { product = product.cola_330 }
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

run "lunch_by_palm" {
  enter {
    by = "palm"
    at = credential_reader.palm_north
  }
  take {
    product = product.sandwich_tuna
    tagged  = true
  }
  take { product = product.water_500 }
  leave { at = gate.south }
  assert {
    condition     = receipt.total == "5.30 EUR" && receipt.tender == "palm"
    error_message = "A sandwich for 4.20 and a water for 1.10, by whichever door."
  }
  assert {
    condition     = { for t in receipt.taxes : t.name => t.tax } == { reduced = "0.30 EUR" }
    error_message = "Both at six percent."
  }
}

run "two_at_the_cooler" {
  enter "ana" {
    by = "card"
    at = gate.south
  }
  enter "ben" {
    by = "palm"
    at = gate.north
  }
  take "ana" {
    product = product.cola_330
    pause   = "300ms"
  }
  take "ben" {
    product = product.milk_1000
    units   = 2
  }
  leave "ana" {}
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "1.80 EUR" && visit.ben.receipt.total == "2.70 EUR"
    error_message = "Each pays for their own."
  }
}

run "a_family_of_three" {
  enter {
    by    = "card"
    at    = gate.south
    party = 3
  }
  take {
    product = product.chocolate_100
    body    = 2
  }
  take {
    product = product.fruit_cup
    body    = 3
  }
  leave {}
  assert {
    condition     = receipt.total == "6.40 EUR"
    error_message = "One hold pays for all of them."
  }
}

run "five_are_too_many" {
  enter {
    by    = "card"
    at    = gate.south
    party = 5
  }
  assert {
    condition     = visit.shopper.refusal == "party" && length(asks) == 0
    error_message = "max_party is four, and nothing is held."
  }
}

run "a_cola_among_the_crisps" {
  enter "ana" {
    by = "card"
    at = gate.south
  }
  enter "ben" {
    by = "card"
    at = gate.south
  }
  take "ana" { product = product.cola_330 }
  put "ana" {
    product = product.cola_330
    at      = weight_shelf.snack_upper.bay[1]
  }
  leave "ana" {}
  take "ben" {
    product = product.cola_330
    at      = weight_shelf.snack_upper.bay[1]
  }
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "0.00 EUR" && visit.ben.receipt.total == "1.80 EUR"
    error_message = "A stray is charged as what it is."
  }
}

run "the_card_is_declined" {
  enter {
    by       = "card"
    at       = gate.south
    declined = true
  }
  assert {
    condition     = visit.shopper.refusal == "declined" && !visit.shopper.admitted
    error_message = "The gate stays shut."
  }
}

run "a_camera_is_down" {
  down { device = camera.ceiling }
  enter {
    by = "card"
    at = gate.south
  }
  take { product = product.cola_330 }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR"
    error_message = "The scale alone does not suffice here."
  }
}

run "a_shelf_is_down" {
  enter {
    by = "card"
    at = gate.south
  }
  down { device = weight_shelf.cooler_top }
  take { product = product.cola_330 }
  up { device = weight_shelf.cooler_top }
  wait { for = "10s" }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR" && visit.shopper.inside == 0
    error_message = "Never by guess, and nobody is held up."
  }
}

run "no_way_in_without_a_processor" {
  down { device = payment.cards }
  wait { for = "1m" }
  enter {
    by = "card"
    at = gate.south
  }
  assert {
    condition     = visit.shopper.refusal == "payment_down" && closed[0].device == "payment.cards"
    error_message = "The policy says close_entry."
  }
}
