zone "snacks" {
  name = "Snacks" # ERROR unknown_argument: A zone has no arguments
}
