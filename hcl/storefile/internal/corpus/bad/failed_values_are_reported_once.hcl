variable "stay" { # ERROR no_value: The variable "stay" has no value
}

locals {
  stay  = upper(var.stay)
  other = jsondecode("{") # ERROR function_failed: Error in function call
}

entry {
  max_stay = "${local.stay}m"
  staff    = [for x in local.other : x.y]
}

product "p" {
  for_each = { for x in local.other : x => x }
  gtin     = var.stay
  name     = each.value
  price    = "1.00 EUR"
  tax      = tax.standard
}
