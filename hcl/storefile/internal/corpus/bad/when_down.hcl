gate "south" {
  driver    = acme.gate
  zone      = zone.entrance
  role      = "exit"
  when_down = "closed" # ERROR exit_is_free: always leave
}

camera "ceiling" {
  driver    = acme.camera
  zone      = zone.drinks
  when_down = "closed" # ERROR wrong_reaction: "closed" is not for a camera
}

weight_shelf "left" {
  driver    = acme.shelf
  zone      = zone.drinks
  when_down = "close_entri" # ERROR unknown_word: It is one of "doubt", "close_entry" => "close_entry"
}

payment "spare" {
  driver    = acme.processor
  when_down = "offline" # ERROR no_limits: Nothing bounds what is risked offline

  config {
    api_key = secret("env:SPARE")
  }
}
