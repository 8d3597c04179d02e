# The weight shelves. Each bay stands on load cells of its own.

weight_shelf "cooler_top" {
  driver = shelfsense.shelf
  zone   = zone.drinks
  bays   = 4

  config {
    world = peer.world.address
  }
}

weight_shelf "cooler_bottom" {
  driver = shelfsense.shelf
  zone   = zone.drinks
  bays   = 4

  config {
    world = peer.world.address
  }
}

weight_shelf "snack_upper" {
  driver = shelfsense.shelf
  zone   = zone.snacks
  bays   = 3

  config {
    world = peer.world.address
  }
}

weight_shelf "snack_lower" {
  driver = shelfsense.shelf
  zone   = zone.snacks
  bays   = 3

  config {
    world = peer.world.address
  }
}

weight_shelf "fresh" {
  driver = shelfsense.shelf
  zone   = zone.fresh
  bays   = 4

  bay "2" {
    trade_approved = true # the salads are priced by what this scale says
  }

  config {
    world = peer.world.address
  }
}

weight_shelf "household" {
  driver = shelfsense.shelf
  zone   = zone.household
  bays   = 3

  config {
    world = peer.world.address
  }
}
