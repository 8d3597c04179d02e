rfid_reader "lane" { # ERROR config: addr: is required # ERROR config: antenna: at least 1 block is needed
  driver = acme.lane
  zone   = zone.entrance
}
