# A door and a processor: what `aisle bench devices` sends people through.

store "bench" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

plugin "osdp" {
  source = "MODULE/plugins/osdp"
}

plugin "processor" {
  source = "MODULE/framework/store/devicebench/processor"
}

zone "entrance" {}

gate "door" {
  driver = osdp.gate_io
  zone   = zone.entrance
  role   = "both"

  config {
    addr    = "ADDR"
    address = 5
    key     = secret("file:osdp.key")
  }
}

credential_reader "badge" {
  driver = osdp.badge
  serves = gate.door

  config {
    addr      = "ADDR"
    address   = 5
    key       = secret("file:osdp.key")
    token_key = secret("file:tokens.key")
    format    = "wiegand26"
    again     = "0s"
  }
}

credential_reader "keypad" {
  driver = osdp.keypad
  serves = gate.door

  config {
    addr      = "ADDR"
    address   = 5
    key       = secret("file:osdp.key")
    token_key = secret("file:tokens.key")
  }
}

payment "cards" {
  driver = processor.processor

  config {
    delay = "DELAY"
  }
}

settlement {
  processor = payment.cards
  hold      = "15.00 EUR"
}

entry {
  tenders = ["badge", "app"]
}

# Badges need no processor: what their holders take is posted.
house "office" {
  tender = "badge"
}
