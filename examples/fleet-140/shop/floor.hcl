# The floor: as many lanes and shelves as the table says, and one camera over all of it.

zone "entrance" {}
zone "aisle" {}

module "lane" {
  for_each = toset([for n in range(var.lanes) : tostring(n + 1)])
  source   = "../modules/lane"
  zone     = zone.entrance
}

camera "ceiling" {
  driver = kit.camera
  zones  = [zone.entrance, zone.aisle]

  config {
    world = "127.0.0.1:7700"
  }
}

weight_shelf "row" {
  for_each = toset([for n in range(var.shelves) : tostring(n + 1)])
  driver   = kit.shelf
  zone     = zone.aisle
  bays     = 4

  config {
    world = "127.0.0.1:7700"
  }
}

payment "cards" {
  driver = kit.processor

  config {
    world = "127.0.0.1:7700"
  }
}
