rfid_reader "lane" {
  driver = acme.lane
  zone   = zone.entrance

  config { # ERROR missing_argument: The config of driver acme.lane needs it: the address of the device. Write it into the config block, such as: addr = "..." # ERROR missing_block: Missing block "antenna"
  }
}
