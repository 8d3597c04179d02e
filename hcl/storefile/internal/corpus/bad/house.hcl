# Accounts of the store's own.

entry {
  tenders = ["card", "badge"]
}

house "nothing" { # ERROR missing_argument: tender
}

house "card" {
  tender = "card" # ERROR unknown_word: tender of house accounts
}

house "plan" {
  tender = "meal_plan" # WARNING tender_unserved: The store does not take meal_plan
}

house "limits" {
  tender     = "badge"
  requires   = "staff" # ERROR attribute: not an attribute
  per_visit  = "20.00 EUR"
  per_day    = "10.00 EUR" # ERROR out_of_bounds: at least per_visit
  per_period = "100.00 USD" # ERROR currency: is in USD
  period     = "year" # ERROR unknown_word: "week", "month"
  over       = "stor" # ERROR unknown_word: above the limit => "store"
}

house "period" {
  tender     = "badge"
  requires   = "class=a"
  per_period = "100.00 EUR" # ERROR missing_argument: period = "month"
}

house "unused" {
  tender   = "badge"
  requires = "class=b"
  period   = "month" # WARNING unused: Nothing is counted
  over     = "store" # WARNING unused: The account has no limit
}

house "twice" { # ERROR duplicate: require different attributes
  tender   = "badge"
  requires = "class=a"
}

house "typo" {
  tendr    = "badge" # ERROR unknown_argument: no argument => tender
  requires = "class=c"
}
