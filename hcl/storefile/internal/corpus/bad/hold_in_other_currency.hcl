# ALONE
# STORE ERROR no_entry: The store has no way in
# STORE ERROR no_exit: The store has no way out
store "tokyo" {
  currency = "JPY"
  timezone = "Asia/Tokyo"
}

zone "drinks" {}

settlement {
  processor = zone.drinks # ERROR wrong_reference: "processor" needs a payment, not zone.drinks
  hold      = "15.00 EUR" # ERROR currency: "hold" is in EUR, the store in JPY
}
