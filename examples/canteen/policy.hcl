# Who comes in, and who pays.

entry {
  tenders  = ["badge", "meal_plan"]
  max_stay = "1h"
  staff    = ["badge-kitchen"]
}

house "office" {
  tender     = "badge"
  per_visit  = "15.00 EUR"
  per_period = "200.00 EUR"
  period     = "month"
}

house "students" {
  tender  = "meal_plan"
  per_day = "8.00 EUR"
  over    = "store" # what goes above it is the canteen's
}

settlement {
  processor = payment.unused
  hold      = "15.00 EUR"
}
