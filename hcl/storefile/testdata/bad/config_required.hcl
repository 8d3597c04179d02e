rfid_reader "lane" {
  driver = acme.lane
  zone   = zone.entrance

  config { # ERROR config: addr: is required # ERROR config: at least 1 block is needed
  }
}
