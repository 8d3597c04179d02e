# Zones, doors and what sees the whole floor.

zone "entrance_north" {}
zone "entrance_south" {}
zone "drinks" {}
zone "snacks" {}
zone "fresh" {}
zone "household" {}

gate "north" {
  driver = modbus.relay_gate
  zone   = zone.entrance_north
  role   = "both"

  config {
    addr        = "${local.wire}:5021"
    unlock      = 3
    beam_street = 0
    beam_store  = 1
    fire        = 7
  }
}

gate "south" {
  driver = modbus.relay_gate
  zone   = zone.entrance_south
  role   = "both"

  config {
    addr        = "${local.wire}:5022"
    unlock      = 3
    beam_street = 0
    beam_store  = 1
    fire        = 7
  }
}

# Two peripherals on one RS-485 line behind a serial server. A palm stands for nobody
# before staff have paired it with an account.
credential_reader "palm_north" {
  driver = osdp.palm
  serves = gate.north

  config {
    addr      = "${local.wire}:4310"
    address   = 1
    key       = secret("file:keys/north.key")
    token_key = secret("file:keys/tokens.key")
    enrols    = true
  }
}

credential_reader "card_south" {
  driver = osdp.badge
  serves = gate.south

  config {
    addr      = "${local.wire}:4310"
    address   = 2
    key       = secret("file:keys/south.key")
    token_key = secret("file:keys/tokens.key")
    method    = "card"
    format    = "wiegand26"
  }
}

rfid_reader "north_lane" {
  driver = llrp.reader
  zone   = zone.entrance_north
  serves = gate.north

  config {
    addr    = "${local.wire}:5084"
    silence = "1s"

    antenna {
      id    = 1
      along = 0
    }
    antenna {
      id    = 2
      along = 2
    }
    lane {}
  }
}

rfid_reader "south_lane" {
  driver = llrp.reader
  zone   = zone.entrance_south
  serves = gate.south

  config {
    addr    = "${local.wire}:5085"
    silence = "1s"

    antenna {
      id    = 1
      along = 0
    }
    antenna {
      id    = 2
      along = 2
    }
    lane {}
  }
}

camera "ceiling" {
  driver = simulated.camera
  zones = [
    zone.entrance_north, zone.entrance_south, zone.drinks, zone.snacks, zone.fresh, zone.household,
  ]

  config {
    world = peer.world.address
  }
}

payment "cards" {
  driver = simulated.processor

  config {
    world = peer.world.address
  }
}
