rfid_reader "lane" { # ERROR missing_argument: Missing argument "addr" # ERROR missing_block: The config of driver acme.lane needs it. Write it into a config block here, such as: antenna { ... }
  driver = acme.lane
  zone   = zone.entrance
}
