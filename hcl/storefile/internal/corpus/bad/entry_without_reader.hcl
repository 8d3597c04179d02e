gate "south" {
  driver = acme.gate
  zone   = zone.entrance
  role   = "entry" # ERROR no_reader: No credential reader serves this entry
}
