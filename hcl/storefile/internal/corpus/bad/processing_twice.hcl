# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {}
  processing {} # ERROR duplicate: There is a second processing block

  config {
    api_key = secret("env:KEY")
  }
}

camera "ceiling" {
  driver = acme.camera
  zone   = zone.drinks

  processing {} # ERROR unknown_block
}
