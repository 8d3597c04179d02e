rfid_reader "lane" {
  driver = acme.lane
  zone   = zone.entrance

  config {
    addr = "10.0.0.9"

    antenna {
      port = 1
    }
    antenna { # ERROR missing_argument: Each such block needs it: antenna[1], in the config of driver acme.lane: LLRP AntennaID. Write it into that block, such as: port = 1
      power = 99 # ERROR config: is above the greatest, 33
    }
    antena { # ERROR unknown_block: There are no "antena" blocks here => antenna
    }
  }
}
