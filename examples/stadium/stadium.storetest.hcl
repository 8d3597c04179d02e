# What leaves by a lane is charged, to the cent. Try it:  aisle test examples/stadium --story

run "a_shirt" {
  enter {
    by = "card"
    at = gate.lane["east"]
  }
  take { product = product.fan["home_shirt"] }
  leave {}
  assert {
    condition     = receipt.total == "89.00 EUR" && receipt.payment == "captured"
    error_message = "Its tag left with them."
  }
}

run "two_at_once" {
  enter "ana" {
    by = "card"
    at = gate.lane["east"]
  }
  enter "ben" {
    by = "wallet"
    at = gate.lane["west"]
  }
  take "ana" { product = product.fan["scarf"] }
  take "ana" { product = product.fan["cap"] }
  take "ben" { product = product.fan["ball"] }
  leave "ana" {}
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "40.00 EUR" && visit.ben.receipt.total == "29.00 EUR"
    error_message = "Each pays for the tags that left with them."
  }
}

run "a_family" {
  enter {
    by    = "card"
    at    = gate.lane["west"]
    party = 3
  }
  take {
    product = product.fan["scarf"]
    units   = 2
    body    = 1
  }
  take {
    product = product.fan["cap"]
    body    = 3
  }
  leave { at = gate.lane["east"] }
  assert {
    condition     = receipt.total == "59.50 EUR" && receipt.units["fan[\"scarf\"]"] == 2
    error_message = "One card pays for all three: a set for 40.00, and another scarf."
  }
}

run "put_back" {
  enter {
    by = "card"
    at = gate.lane["east"]
  }
  take { product = product.fan["ball"] }
  put { product = product.fan["ball"] }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR" && receipt.payment == "voided"
    error_message = "What stays on the rail costs nothing."
  }
}

run "no_tag_no_charge" {
  enter {
    by = "card"
    at = gate.lane["east"]
  }
  take {
    product = product.fan["ball"]
    tagged  = false
  }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR"
    error_message = "Nothing else tells of goods here."
  }
}

run "a_lane_is_deaf" {
  down { device = rfid_reader.lane["west"] }
  enter {
    by = "card"
    at = gate.lane["east"]
  }
  assert {
    condition     = !visit.shopper.admitted && visit.shopper.refusal == "closed"
    error_message = "Nobody comes in while a lane can't read."
  }
}

run "nobody_follows_bodies" {
  enter "ana" {
    by = "card"
    at = gate.lane["east"]
  }
  enter "ben" {
    by = "card"
    at = gate.lane["west"]
  }
  take "ana" { product = product.fan["scarf"] }
  down { device = camera.overhead["rails"] }
  leave "ana" {}
  leave "ben" {}
  wait { for = "1h" }
  assert {
    condition     = visit.ana.receipt.total == "0.00 EUR" && visit.ben.receipt.total == "0.00 EUR"
    error_message = "Nobody pays for what may be another's."
  }
}

# The same store of lanes alone: no camera, and so no telling who of several went out.

run "lanes_alone_one_after_the_other" {
  variables {
    follow = false
  }
  enter "ana" {
    by    = "card"
    at    = gate.lane["east"]
    party = 2
  }
  take "ana" { product = product.fan["scarf"] }
  leave "ana" {}
  enter "ben" {
    by = "card"
    at = gate.lane["west"]
  }
  take "ben" { product = product.fan["ball"] }
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "19.50 EUR" && visit.ben.receipt.total == "29.00 EUR"
    error_message = "Nobody else was inside, so the lane suffices."
  }
}

run "lanes_alone_two_at_once" {
  variables {
    follow = false
  }
  enter "ana" {
    by = "card"
    at = gate.lane["east"]
  }
  enter "ben" {
    by = "card"
    at = gate.lane["west"]
  }
  take "ana" { product = product.fan["scarf"] }
  leave "ana" {}
  leave "ben" {}
  enter "cleo" {
    by = "card"
    at = gate.lane["west"]
  }
  take "cleo" { product = product.fan["ball"] }
  leave "cleo" {}
  wait { for = "1h" }
  assert {
    condition     = visit.ana.receipt.total == "0.00 EUR" && visit.ben.receipt.total == "0.00 EUR"
    error_message = "Either may have had the scarf: neither pays."
  }
  assert {
    condition     = visit.cleo.receipt.total == "0.00 EUR"
    error_message = "Who went out before is not known, so nobody is surely alone until max_stay is over."
  }
}
