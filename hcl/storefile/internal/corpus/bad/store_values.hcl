# ALONE
# STORE ERROR missing_block: There is no settlement block
# STORE ERROR no_entry: The store has no way in
# STORE ERROR no_exit: The store has no way out
store "lisbon" {
  gln      = "5601234000017" # ERROR gln: check digit is 7, expected 6
  currency = "EURO" # ERROR currency: That is not a currency => "EUR"
  timezone = "Europe/Lisboa" # ERROR timezone: That is not a time zone => "Europe/Lisbon"
}
