locals {
  hours = { open = "8h", close = "20h" }
}

entry {
  max_stay = local.hours.opne # ERROR unknown_reference: local.hours has no "opne" => local.hours.open
}
