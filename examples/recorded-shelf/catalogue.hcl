# What stands on the shelves, from the recording's own product_info.json.

locals {
  recorded = jsondecode(file("${var.recording}/product_info.json")).products
  shelves  = [1, 2, 3, 4, 5]

  # Only what was ever weighed: two products have a weight of nothing, and no
  # scale can tell what they are.
  weighed = [for p in local.recorded : p if max(p.weights...) > 0]

  # By id. A product is sold if one of its places is a shelf that is recorded.
  sold = { for p in local.weighed : p.id => p if length([for a in p.arrangement : a if contains(local.shelves, a.shelf_id)]) > 0 }

  # Every place of every product.
  places = flatten([for id, p in local.sold : [for a in p.arrangement : { id = id, shelf = a.shelf_id } if contains(local.shelves, a.shelf_id)]])
}

tax "sales" {
  rate = "7%"
}

product "recorded" {
  for_each = local.sold

  # Codes of 8 digits are UPC-E. A code that is missing or damaged, so that its
  # check digit is wrong, is not repaired by guessing, and its product is not
  # left out either: what isn't in the catalogue would be taken for something
  # that is. It gets a number of the store's own.
  gtin = try(upce(each.value.barcode), gtin(each.value.barcode), in_store_gtin(each.value.id))
  name = each.value.name
  mass = format("%.3f g", sum(each.value.weights) / length(each.value.weights))

  # From unit to unit: the range of the few that were weighed over 1.7, which
  # for three is the standard deviation, but no less than the 1.7 % that is
  # usual. Two or three may be alike by chance.
  mass_deviation = format("%.3f g", max(
    (max(each.value.weights...) - min(each.value.weights...)) / 1.7,
    0.017 * sum(each.value.weights) / length(each.value.weights),
  ))

  # The recording has no prices. These are made up, and differ.
  price = format("%d.%02d USD", 1 + each.value.id % 9, each.value.id)
  tax   = tax.sales
}

planogram "recorded" {
  facing {
    for_each = local.places

    at      = weight_shelf["shelf_${each.value.shelf}"].bay[1]
    product = product.recorded[each.value.id]
  }
}
