# One door with a badge reader, one camera, one counter that weighs.

zone "door" {}
zone "counter" {}

gate "door" {
  driver = campus.gate
  zone   = zone.door
  role   = "both"

  config {
    world = peer.world.address
  }
}

credential_reader "badge" {
  driver = campus.reader
  serves = gate.door

  config {
    world = peer.world.address
  }
}

camera "ceiling" {
  driver = campus.camera
  zones  = [zone.door, zone.counter]

  config {
    world = peer.world.address
  }
}

weight_shelf "counter" {
  driver = campus.shelf
  zone   = zone.counter
  bays   = 8

  bay "7" {
    trade_approved = true # the salad bar is paid for by what this scale says
  }

  config {
    world = peer.world.address
  }
}

# The language wants a processor. Nothing is ever asked of this one: see the tests.
payment "unused" {
  driver = campus.processor

  config {
    world = peer.world.address
  }
}
