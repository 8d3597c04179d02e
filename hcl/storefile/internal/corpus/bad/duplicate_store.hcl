store "second" { # ERROR duplicate: There is a second store block
  currency = "EUR"
  timezone = "Europe/Lisbon"
}
