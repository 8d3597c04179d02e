payment "more" {
  driver = acme.processor
  zone   = zone.drinks # ERROR unknown_argument: nowhere on the floor

  config {
    api_key = secret("env:KEY")
  }
}
