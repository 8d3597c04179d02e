# ALONE
# STORE ERROR missing_block: There is no settlement block
# STORE ERROR no_entry: The store has no way in
# STORE ERROR no_exit: The store has no way out
store "lisbon" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}
