# What is posted to whom, to the cent. Try it:  aisle test examples/canteen --story

run "lunch_by_badge" {
  enter { by = "badge" }
  take { product = product.stew }
  take {
    product = product.roll
    units   = 2
  }
  leave {}
  assert {
    condition     = receipt.total == "6.50 EUR" && receipt.captured == "6.50 EUR" && receipt.payment == "house" && receipt.house == "office"
    error_message = "A stew and two rolls are posted to the office's account."
  }
  assert {
    condition     = [for t in receipt.taxes : "${t.name} ${t.tax}"] == ["food 0.43 EUR"]
    error_message = "Seven hundredths of it are tax."
  }
  assert {
    condition     = length([for a in asks : a if a.device == "payment.unused"]) == 0
    error_message = "No payment device is ever asked."
  }
}

run "students_eat_for_half" {
  enter {
    by         = "meal_plan"
    attributes = ["plan=student"]
  }
  take { product = product.pasta }
  take { product = product.water }
  leave {}
  assert {
    condition     = receipt.total == "3.20 EUR" && receipt.house == "students" && receipt.discounts[0].amount == "2.10 EUR"
    error_message = "Half of 4.20, and the water in full."
  }
}

run "the_day_is_full" {
  enter "kim" { by = "meal_plan" }
  take "kim" { product = product.stew }
  take "kim" { product = product.pasta }
  leave "kim" {}
  assert {
    condition     = visit.kim.receipt.total == "9.10 EUR" && visit.kim.receipt.captured == "8.00 EUR"
    error_message = "The canteen bears what is above 8.00 a day."
  }
  enter "kim" { by = "meal_plan" }
  assert {
    condition     = visit.kim.refusal == "house_limit" && !visit.kim.admitted
    error_message = "Nothing is left for today."
  }
  wait { for = "24h" }
  enter "kim" { by = "meal_plan" }
  assert {
    condition     = visit.kim.admitted
    error_message = "Tomorrow there is."
  }
  leave "kim" {}
}

run "no_cards" {
  enter { by = "card" }
  assert {
    condition     = visit.shopper.refusal == "tender_not_accepted"
    error_message = "Nobody comes in by card."
  }
}

run "the_processor_does_not_matter" {
  down { device = payment.unused }
  wait { for = "1h" }
  enter { by = "badge" }
  take { product = product.apple }
  leave {}
  assert {
    condition     = receipt.total == "0.60 EUR" && receipt.payment == "house"
    error_message = "Badges don't need one."
  }
}

run "given_back" {
  enter { by = "badge" }
  take { product = product.salad }
  leave {}
  staff "refund" {
    products = [product.salad]
    reason   = "a hair in it"
  }
  assert {
    condition     = receipt.refunded == "3.50 EUR"
    error_message = "It comes off the account."
  }
}
