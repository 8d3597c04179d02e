rfid_reader "lane" {
  driver = acme.lane
  zone   = zone.entrance

  config {
    addr = "10.0.0.9"

    antenna {
      port = 1
    }
    antenna { # ERROR config: antenna[1].port: is required
      power = 99 # ERROR config: is above the greatest, 33
    }
    antena { # ERROR unknown_block: Unsupported block type => antenna
    }
  }
}
