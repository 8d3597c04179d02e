# A fan shop in a stadium: two lanes with RFID antennas, goods on rails, and a tag on each of them. No scales, and
# nothing that sees hands: a tag that leaves by a lane is charged. Try it:  aisle test examples/stadium

store "stadium" {
  currency = "EUR"
  timezone = "Europe/Madrid"
}

variable "lanes" {
  type        = set(string)
  default     = ["east", "west"]
  description = "Each is a gate, a card reader and antennas."
}

variable "follow" {
  default     = true
  description = "Whether a camera follows bodies. Without it the store serves one party at a time."
}

plugin "lanes" {
  source = "../../plugins/simulated"
}

peer "world" {
  source = "../../plugins/simulated/world"
  clock  = true
  args   = ["--scene", "${path.store}/scene.json", "--noise", "none", "--speed", "max"]
}
