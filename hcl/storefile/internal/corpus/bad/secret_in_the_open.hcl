payment "more" {
  driver = acme.processor

  config {
    api_key = "sk_live_planted" # ERROR config: is a secret and can't be written here
  }
}
