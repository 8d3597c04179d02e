# ALONE
# STORE ERROR no_entry: The store has no way in
# STORE ERROR no_exit: The store has no way out
store "lisbon" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

settlement { # ERROR missing_argument: The argument "hold" is missing
  processor = payment.cards # ERROR unknown_reference: There is no payment "cards"
}
