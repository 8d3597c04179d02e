run "nobody_could_leave" {
  variables {
    exit = "entry"
  }
  expect_problems = ["no_exit"]
}

run "wrong_currency" {
  variables {
    hold = "40.00 USD"
  }
  expect_problems = ["currency"]
}
