weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks

  config {
    adr = "10.0.0.1:700" # ERROR unknown_argument: There is no argument "adr" here => addr
    wrld = 1 # ERROR unknown_argument: The config of driver acme.shelf has these arguments: addr, rate
  }
}
