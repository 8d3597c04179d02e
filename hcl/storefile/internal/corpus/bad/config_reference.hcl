weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks

  config {
    addr = peer.wrld.address # ERROR unknown_reference: There is no peer "wrld" => peer.world
  }
}
