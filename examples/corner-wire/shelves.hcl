# The weight shelves, of four makers.

# Load-cell transmitters on Modbus/TCP: tenths of a gram.
weight_shelf "cooler_top" {
  driver = modbus.load_cells
  zone   = zone.drinks
  bays   = 4

  config {
    addr = "${local.wire}:5023"

    dynamic "bay" {
      for_each = range(4)
      content {
        register = 2 * bay.value
        grams    = 0.1
      }
    }
  }
}

weight_shelf "cooler_bottom" {
  driver = modbus.load_cells
  zone   = zone.drinks
  bays   = 4

  config {
    addr = "${local.wire}:5024"

    dynamic "bay" {
      for_each = range(4)
      content {
        register = 2 * bay.value
        grams    = 0.1
      }
    }
  }
}

# Controllers that publish raw samples over MQTT, in grams and in counts.
weight_shelf "snack_upper" {
  driver = mqttshelf.shelf
  zone   = zone.snacks
  bays   = 3

  config {
    broker = "${local.wire}:1883"
    topic  = "corner/shelf/snack_upper"
    bays   = 3
  }
}

weight_shelf "snack_lower" {
  driver = mqttshelf.shelf
  zone   = zone.snacks
  bays   = 3

  config {
    broker = "${local.wire}:1883"
    topic  = "corner/shelf/snack_lower"
    bays   = 3
  }
}

weight_shelf "fresh" {
  driver = mqttshelf.shelf
  zone   = zone.fresh
  bays   = 3

  config {
    broker  = "${local.wire}:1883"
    topic   = "corner/shelf/fresh"
    bays    = 3
    version = "5"
  }
}

# A counter scale that speaks MT-SICS.
weight_shelf "counter" {
  driver = scale.sics
  zone   = zone.fresh
  bays   = 1

  config {
    addr     = "${local.wire}:4305"
    division = "1 g"
  }
}

# Still simulated: another maker's is one line and its config.
#
#   driver = mqttshelf.shelf
#
#   config {
#     broker = "${local.wire}:1883"
#     topic  = "corner/shelf/household"
#     bays   = 3
#   }
weight_shelf "household" {
  driver = simulated.shelf
  zone   = zone.household
  bays   = 3

  config {
    world = peer.world.address
  }
}
