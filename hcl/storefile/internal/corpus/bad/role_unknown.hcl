gate "south" {
  driver = acme.gate
  zone   = zone.entrance
  role   = "exti" # ERROR unknown_word: "exti" is no role => "exit"
}
