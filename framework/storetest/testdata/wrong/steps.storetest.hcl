# What is announced is found, and nothing else: see TestWrong.

run "typo_in_step" {
  enetr { by = "card" } # ERROR unknown_block: There are no "enetr" blocks here => enter
}

run "typo_in_argument" {
  enter { bye = "card" } # ERROR unknown_argument: There is no argument "bye" here => by
}

run "typo_in_word" {
  enter { by = "cadr" } # ERROR unknown_word: "cadr" is no way to come in => "card"
}

run "unknown_product" {
  enter { by = "card" }
  take { product = product.colla } # ERROR unknown_reference: There is no product "colla" => product.cola
}

run "unknown_device" {
  down { device = camera.cieling }        # ERROR unknown_reference: There is no camera "cieling" => camera.ceiling
  down { device = "weight_shelf.shlef" }  # ERROR unknown_reference: There is no device => "weight_shelf.shelf"
  down { device = zone.door }             # ERROR wrong_reference: "device" needs a device
  leave { at = credential_reader.front }  # ERROR wrong_reference: "at" needs a gate => gate.front
}

run "unknown_bay" {
  enter { by = "card" }
  take { # the argument is wrong
    product = product.cola
    at      = weight_shelf.shelf.bay[4] # ERROR unknown_reference: weight_shelf.shelf has no bay 4
  }
}

run "a_bay_by_its_address" {
  enter { by = "card" }
  take {
    product = product.cola
    at      = "weight_shelf.shelf.bay[11]" # ERROR unknown_reference: There is no bay => "weight_shelf.shelf.bay[1]"
  }
}

run "not_inside" {
  take { product = product.cola } # ERROR step: Nobody of that name came
}

run "was_declined" {
  enter "ana" {
    by       = "card"
    declined = true
  }
  take "ana" { product = product.cola } # ERROR step: ana was refused with "declined"
}

run "not_so_many" {
  enter { by = "card" }
  take { # ERROR step: there are 6 of product.cola
    product = product.cola
    units   = 7
  }
}

run "not_theirs" {
  enter { by = "card" }
  put { product = product.cola } # ERROR step: shopper carries 0 of product.cola
}

run "left_already" {
  enter { by = "card" }
  leave {}
  leave {} # ERROR step: shopper has left
}

run "twice_down" {
  down { device = camera.ceiling }
  down { device = camera.ceiling } # ERROR step: It is down already
}

run "order_refused" {
  enter { by = "card" }
  staff "relaese" {} # ERROR unknown_word: "relaese" is no order of staff => "release"
}

run "wait_unit" {
  wait { for = "10 min" } # ERROR quantity: no duration => "10m"
}

run "fails" {
  enter { by = "card" }
  take { product = product.cola }
  leave {}
  assert {
    condition     = receipt.total == "3.60 EUR" # ERROR assert: Two would be 3.60, it is 1.80 EUR.
    error_message = "Two would be 3.60, it is ${receipt.total}."
  }
  assert {
    condition     = receipt.units.cola == 2 # ERROR assert: both are told
    error_message = "both are told"
  }
}

run "typo_in_condition" {
  assert {
    condition     = receipt.totl == "3.60 EUR" # ERROR unknown_reference: receipt has no "totl" => receipt.total
    error_message = "never said"
  }
  assert {
    condition     = receipt.units.colla == 2 # ERROR unknown_reference: => receipt.units.cola
    error_message = "never said"
  }
  assert {
    condition     = recipt.total == "" # ERROR unknown_reference: => receipt
    error_message = "never said"
  }
  assert {
    condition     = receipt.total # ERROR wrong_type: "condition" needs true or false
    error_message = "never said"
  }
}

run "whose" {
  enter "ana" { by = "card" }
  enter "ben" { by = "card" }
  assert {
    condition     = receipt.total == "" # ERROR unknown_reference: visit.NAME.receipt
    error_message = "never said"
  }
  assert {
    condition     = visit.bne.stage == "" # ERROR unknown_reference: => visit.ben
    error_message = "never said"
  }
}

run "not_refused" {
  variables {
    hold = "50.00 EUR"
  }
  expect_problems = ["no_exit"] # ERROR expected_problem: The store's files are good.
}

run "refused_otherwise" {
  variables {
    exit = "entry"
  }
  expect_problems = ["currency"] # ERROR expected_problem: They are refused with: no_exit.
}

run "no_such_code" {
  expect_problems = ["no_exti"] # ERROR unknown_word: => "no_exit"
}

run "no_assert_message" {
  assert { # ERROR missing_argument: The argument "error_message" is missing
    condition = true
  }
}
