payment "more" {
  driver = acme.processor

  config {
    api_key  = secret("sk_live_planted") # ERROR function_failed: the place of the secret and not the secret
    base_url = "https://x/${secret("env:KEY")}" # ERROR config: is not kept secret by the plugin
  }
}

product "water" {
  gtin  = "09521234000112"
  name  = secret("env:KEY") # ERROR secret: A secret can't be used here
  price = "1.10 EUR"
  tax   = tax.standard
}
