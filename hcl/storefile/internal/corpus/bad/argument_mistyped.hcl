gate "south" {
  driver = acme.gate
  zoen   = zone.entrance # ERROR unknown_argument: There is no argument "zoen" here => zone
  rol    = "exit" # ERROR unknown_argument: There is no argument "rol" here => role
}

rfid_reader "lane" {
  driver = acme.lane
  zone   = zone.entrance

  config {
    adr = "10.0.0.9" # ERROR unknown_argument: has these arguments => addr
    antenna {
      prot = 1 # ERROR unknown_argument: has these arguments => port
    }
  }
}

rfid_reader "far" {
  driver = acme.lane
  zone   = zone.entrance

  config {
    addr = "10.0.0.8"
    antena { # ERROR unknown_block: has these blocks: antenna => antenna
    }
  }
}
