# WITHOUT settlement
payment "forgetful" {
  driver = acme.forgetful

  config {
    api_key = secret("env:KEY")
  }
}

settlement {
  processor = payment.forgetful # ERROR no_lookup: a hold whose answer was an error has none
  hold      = "15.00 EUR"
}
