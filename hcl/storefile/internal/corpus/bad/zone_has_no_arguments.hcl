zone "snacks" {
  name = "Snacks" # ERROR unknown_argument: A zone has these: for_each
}
