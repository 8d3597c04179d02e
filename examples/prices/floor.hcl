# Zones, doors and what sees the whole floor.

zone "entrance_north" {}
zone "entrance_south" {}
zone "drinks" {}
zone "snacks" {}
zone "fresh" {}
zone "household" {}

gate "north" {
  driver = nordgate.gate
  zone   = zone.entrance_north
  role   = "both"

  config {
    world = peer.world.address
  }
}

gate "south" {
  driver = nordgate.gate
  zone   = zone.entrance_south
  role   = "both"

  config {
    world = peer.world.address
  }
}

credential_reader "palm_north" {
  driver = palmetto.reader
  serves = gate.north

  config {
    world = peer.world.address
  }
}

credential_reader "card_south" {
  driver = cardinal.reader
  serves = gate.south

  config {
    world = peer.world.address
  }
}

rfid_reader "north_lane" {
  driver = nordgate.lane
  zone   = zone.entrance_north
  serves = gate.north

  config {
    world = peer.world.address
  }
}

rfid_reader "south_lane" {
  driver = nordgate.lane
  zone   = zone.entrance_south
  serves = gate.south

  config {
    world = peer.world.address
  }
}

camera "ceiling" {
  driver = overview.camera
  zones = [
    zone.entrance_north, zone.entrance_south, zone.drinks, zone.snacks, zone.fresh, zone.household,
  ]

  config {
    world = peer.world.address
  }
}

payment "cards" {
  driver = cardinal.processor

  config {
    world = peer.world.address
  }
}
