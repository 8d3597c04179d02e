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
  staff        = ["badge_3d9ed9ae60eb270abde5d6f0df60c846", "badge_d7192b8e95c9e224481ee2a8edbadab9"]
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

# What the store does while a device is down. Whoever is inside leaves whatever is
# down: nothing can be said of exits here.
failure {
  entry   = "closed"      # a gate: its own lane lets nobody in, the other does
  shelf   = "doubt"       # a shelf: what changed on it meanwhile is never charged by guess
  camera  = "degrade"     # the camera: the scales go on, and alone they don't suffice
  rfid    = "degrade"     # a lane's reader: tags prove nothing until it is back
  reader  = "degrade"     # a palm or card reader: the other goes on
  payment = "close_entry" # the processor: nobody comes in without a hold; "offline" would risk a little
}

safety {
  free_exit_after = "2s"
}
