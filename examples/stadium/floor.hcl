# A lane each way to the stands.

zone "lane" {
  for_each = var.lanes
}

zone "rails" {}

# Follows bodies from lane to lane and sees no hands. Without it nobody could tell which of two
# who are inside went out, and with whom a tag left.
camera "overhead" {
  for_each = toset(var.follow ? ["rails"] : [])
  driver   = lanes.camera
  zones    = concat([zone.rails], [for l in var.lanes : zone.lane[l]])

  config {
    world = peer.world.address
  }
}

gate "lane" {
  for_each = var.lanes
  driver   = lanes.gate
  zone     = zone.lane[each.key]
  role     = "both"

  config {
    world = peer.world.address
  }
}

credential_reader "lane" {
  for_each = var.lanes
  driver   = lanes.reader
  serves   = gate.lane[each.key]

  config {
    world = peer.world.address
  }
}

rfid_reader "lane" {
  for_each  = var.lanes
  driver    = lanes.lane
  zone      = zone.lane[each.key]
  serves    = gate.lane[each.key]
  certified = ["tag"]

  config {
    world = peer.world.address
  }
}

payment "cards" {
  driver = lanes.processor

  config {
    world = peer.world.address
  }
}
