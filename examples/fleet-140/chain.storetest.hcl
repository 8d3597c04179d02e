# The same rules in every shop, and what differs. Try it:  aisle test examples/fleet-140

run "berlin_sells_beer" {
  store = "berlin-01"

  enter {
    by         = "card"
    attributes = ["age_over=18"]
  }
  take { product = product.beer["beer"] }
  take {
    product = product.crisps
    at      = weight_shelf.row["1"].bay[3]
  }
  leave {}
  assert {
    condition     = receipt.total == "3.60 EUR" && receipt.payment == "captured"
    error_message = "A beer for 1.40 and crisps for 2.20."
  }
  assert {
    condition     = { for t in receipt.taxes : t.name => t.tax } == { standard = "0.22 EUR", reduced = "0.14 EUR" }
    error_message = "Each at its rate."
  }
}

run "berlin_asks_for_an_age" {
  store = "berlin-01"

  enter { by = "card" }
  take { product = product.beer["beer"] }
  leave {}
  assert {
    condition     = receipt.total == "0.00 EUR" && receipt.pending[0].age == 16
    error_message = "It waits for staff, and is not charged by itself."
  }
}

run "a_shop_with_three_lanes" {
  store = "hamburg-01"

  variables {
    lanes   = 3
    shelves = 4
  }

  enter "ana" {
    by = "card"
    at = module.lane["1"].gate
  }
  enter "ben" {
    by = "palm"
    at = module.lane["3"].gate
  }
  take "ana" {
    product = product.cola
    at      = weight_shelf.row["1"].bay[1]
    units   = 2
    pause   = "0s"
  }
  take "ben" {
    product = product.cola
    at      = weight_shelf.row["4"].bay[1]
  }
  leave "ana" { at = module.lane["2"].gate }
  leave "ben" {}
  assert {
    condition     = visit.ana.receipt.total == "3.20 EUR" && visit.ben.receipt.total == "1.60 EUR"
    error_message = "Whoever leaves by another lane pays for their own."
  }
}

run "no_shop_has_five_lanes" {
  store           = "riga-07"
  expect_problems = ["invalid_value", "no_entry", "no_exit"] # no lanes, no doors

  variables {
    lanes = 5
  }
}
