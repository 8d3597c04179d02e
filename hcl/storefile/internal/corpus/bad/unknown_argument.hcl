zone "snacks" {}

weight_shelf "snacks" {
  drivr = acme.shelf # ERROR unknown_argument: There is no argument "drivr" here => driver
  zone  = zone.snacks
}
