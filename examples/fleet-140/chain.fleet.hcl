# 140 shops of one chain: described once in shop, and the rest by difference in stores.csv.
# Try it:  aisle validate examples/fleet-140

locals {
  stores = csvdecode(file("stores.csv"))
}

store "shop" {
  for_each = { for s in local.stores : s.id => s }
  source   = "./shop"

  values = {
    timezone = each.value.timezone
    lanes    = tonumber(each.value.lanes)
    shelves  = tonumber(each.value.shelves)
    alcohol  = each.value.alcohol == "yes"
  }
}
