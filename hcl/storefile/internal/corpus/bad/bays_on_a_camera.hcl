camera "ceiling" {
  driver = acme.camera
  zone   = zone.drinks
  bays   = 2 # ERROR unknown_argument: There is no argument "bays" here
}
