gate "south" { # ERROR missing_argument: The argument "role" is missing
  driver = acme.gate
  zone   = zone.entrance
}
