# The rules of the shop.

tax "standard" {
  rate = "23%"
}

tax "reduced" {
  rate = "6%"
}

entry {
  admit_within = "20s"
  max_stay     = "30m"
  max_party    = 4
  staff        = ["badge-staff-001", "badge-staff-002"]
}

attribution {
  window       = "1500ms"
  grace        = "3s"
  charge_above = "99%"
  review_above = "60%"

  # This store's shoppers often take two of a kind.
  several_units = "15%"
}

settlement {
  processor = payment.cards
  hold      = "120.00 EUR" # eight of the dearest, the most a basket holds
}

receipt {
  review_within = "30m"
  rounding      = "half_up"
}

safety {
  free_exit_after = "2s"
}
