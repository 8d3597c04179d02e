variables {
  hold = "40.00 EUR"
}

run "one_shopper" {
  assert {
    condition     = !receipt.issued && length(asks) == 0 && length(closed) == 0
    error_message = "Nobody came yet."
  }
  enter { by = "card" }
  assert {
    condition     = visit.shopper.stage == "inside" && visit.shopper.held == var.hold && visit.shopper.tender == "card"
    error_message = "The variables block gives the hold."
  }
  take {
    product = product.cola
    units   = 2
  }
  put { product = product.cola }
  assert {
    condition     = cart.units.cola == 1 && cart.lines[0].product == "cola" && cart.total == "1.80 EUR"
    error_message = "One was put back."
  }
  leave {}
  assert {
    condition     = receipt.total == "1.80 EUR" && receipt.captured == "1.80 EUR" && receipt.payment == "captured" && receipt.ending == "left"
    error_message = "One cola is paid."
  }
  assert {
    condition     = receipt.taxes == [{ name = "standard", rate = "23%", gross = "1.80 EUR", tax = "0.34 EUR" }]
    error_message = "Tax is in the price."
  }
  assert {
    condition     = [for a in asks : "${a.operation} ${a.amount} ${a.outcome}"] == ["authorize 40.00 EUR done", "admit 0.00 EUR done", "capture 1.80 EUR done"]
    error_message = "A hold, the gate, and the charge."
  }
  assert {
    condition     = length(alerts) == 0 && visit.shopper.stage == "closed" && visit.shopper.carried == 1
    error_message = "All is well."
  }
}

run "two_at_once" {
  variables {
    hold = "10.00 EUR"
  }
  enter "ana" { by = "card" }
  enter "ben" { by = "palm" }
  take "ana" {
    product = product.cola
    pause   = "200ms"
  }
  take "ben" { product = product.water }
  leave "ana" {}
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "1.80 EUR" && visit.ben.receipt.total == "1.10 EUR"
    error_message = "Each pays for their own."
  }
  assert {
    condition     = visit.ana.held == "0.00 EUR" && [for a in visit.ben.asks : a.amount if a.operation == "authorize"] == ["10.00 EUR"]
    error_message = "The run's own variables go before the file's."
  }
}

run "wrong_place" {
  enter "ana" { by = "card" }
  enter "ben" { by = "card" }
  take "ana" { product = product.cola }
  put "ana" {
    product = product.cola
    at      = weight_shelf.shelf.bay[2]
  }
  leave "ana" {}
  take "ben" {
    product = product.cola
    at      = weight_shelf.shelf.bay[2]
  }
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "0.00 EUR" && visit.ben.receipt.units.cola == 1
    error_message = "A stray is what it is."
  }
}

run "a_family" {
  enter {
    by    = "card"
    party = 3
  }
  take {
    product = product.cola
    body    = 1
  }
  take {
    product = product.water
    body    = 3
  }
  leave { bodies = 1 }
  assert {
    condition     = visit.shopper.inside == 2 && !receipt.issued
    error_message = "Two are inside."
  }
  leave {}
  assert {
    condition     = receipt.total == "2.90 EUR"
    error_message = "One pays for all."
  }
}

run "declined" {
  enter {
    by       = "card"
    declined = true
  }
  assert {
    condition     = visit.shopper.refusal == "declined" && !visit.shopper.admitted && visit.shopper.stage == "refused"
    error_message = "Nobody comes in without a hold."
  }
  enter { by = "card" }
  assert {
    condition     = visit.shopper.admitted && visit.shopper.refusal == ""
    error_message = "Another try."
  }
  leave {}
}

run "a_tag_alone" {
  enter { by = "wallet" }
  take { product = product.scarf }
  leave {}
  assert {
    condition     = receipt.total == "25.00 EUR" && receipt.tender == "wallet"
    error_message = "A tag suffices for a scarf."
  }
}

run "no_tag" {
  enter { by = "card" }
  take {
    product = product.scarf
    tagged  = false
  }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR"
    error_message = "Nothing told of it."
  }
}

run "nobody_saw" {
  enter "ana" { by = "card" }
  enter "ben" { by = "card" }
  take "ben" {
    product = product.water
    pause   = "0s"
  }
  take "ana" {
    product = product.cola
    seen    = false
  }
  leave "ana" {}
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.units.cola == 0 && visit.ben.receipt.units.cola == 0
    error_message = "Two may have taken it, so neither is charged."
  }
  assert {
    condition     = anytrue([for a in alerts : strcontains(a.text, "doubt") || strcontains(a.text, "Cola")])
    error_message = "Staff hear of it."
  }
}

run "shelf_down" {
  enter { by = "card" }
  down { device = weight_shelf.shelf }
  assert {
    condition     = devices["weight_shelf.shelf"] == "offline" && alerts[0].tone == "bad"
    error_message = "It is told."
  }
  take { product = product.cola }
  up { device = "weight_shelf.shelf" }
  wait { for = "10s" }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR"
    error_message = "Never by guess."
  }
}

run "processor_down" {
  down { device = payment.cards }
  wait { for = "30s" }
  enter { by = "card" }
  assert {
    condition     = visit.shopper.refusal == "payment_down" && length(closed) == 1 && closed[0].device == "payment.cards"
    error_message = "The policy closes the entry."
  }
  up { device = payment.cards }
  enter { by = "card" }
  assert {
    condition     = visit.shopper.admitted
    error_message = "And opens it."
  }
}

run "answer_lost" {
  enter { by = "card" }
  take { product = product.cola }
  processor { capture = "lost" }
  leave {}
  wait { for = "5m" }
  assert {
    condition     = receipt.captured == "1.80 EUR" && length([for a in asks : a if a.operation == "lookup"]) > 0
    error_message = "It is looked up and found."
  }
}

run "debt" {
  enter { by = "card" }
  take { product = product.cola }
  processor {
    capture   = "refused"
    authorize = "refused"
  }
  leave {}
  wait { for = "3h" }
  assert {
    condition     = receipt.payment == "failed" && receipt.captured == "0.00 EUR"
    error_message = "The last retry was declined."
  }
  processor {
    capture   = "done"
    authorize = "done"
  }
  enter { by = "card" }
  leave {}
  assert {
    condition     = length([for a in asks : a if a.operation == "capture" && a.outcome == "done" && a.amount == "1.80 EUR"]) == 1
    error_message = "It is paid at the next tap."
  }
}

run "refund" {
  enter { by = "card" }
  take { product = product.cola }
  take { product = product.water }
  leave {}
  staff "refund" {
    products = [product.water]
    reason   = "it leaked"
  }
  assert {
    condition     = receipt.refunded == "1.10 EUR" && receipt.refunds[0].reason == "it leaked" && receipt.total == "1.80 EUR"
    error_message = "The water is given back."
  }
}

run "age_seen" {
  enter { by = "card" }
  take { product = product.lager }
  staff "release" {}
  leave {}
  assert {
    condition     = receipt.total == "1.70 EUR"
    error_message = "Staff saw the age."
  }
}

run "age_not_seen" {
  enter { by = "card" }
  take { product = product.lager }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR" && receipt.pending[0].age == 18
    error_message = "It waits."
  }
  wait { for = "1h" }
  assert {
    condition     = length(receipt.pending) == 0 && receipt.dropped[0].product == "lager" && receipt.payment == "voided"
    error_message = "It ends in the shopper's favour."
  }
}

run "of_age" {
  enter {
    by         = "palm"
    attributes = ["age_over=18"]
  }
  take { product = product.lager }
  leave {}
  assert {
    condition     = receipt.total == "1.70 EUR"
    error_message = "The credential says so."
  }
}

run "staff_restock" {
  enter "keeper" {
    by    = "badge"
    token = "badge-keeper"
  }
  put "keeper" {
    product = product.cola
    units   = 3
  }
  leave "keeper" {}
  enter "ana" { by = "card" }
  take "ana" {
    product = product.cola
    units   = 4
  }
  take "ana" {
    product = product.cola
    units   = 4
  }
  leave "ana" {}
  assert {
    condition     = visit.keeper.staff && visit.ana.receipt.total == "14.40 EUR"
    error_message = "What staff bring is there to take."
  }
}
