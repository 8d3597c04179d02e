# The corner shop on the protocols of real hardware: gates on Modbus relays, badge
# readers on an OSDP line, RFID lanes on LLRP, shelves on Modbus, MT-SICS and MQTT.
# Shoppers, camera and processor are simulated.
# Try it:  aisle demo --example corner-wire

store "corner_wire" {
  gln      = "9521234000020"
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

variable "seed" {
  default     = 1
  description = "The same seed gives the same shoppers."
}

variable "shoppers" {
  default     = 20
  description = "How many visits there are before the world is idle."
}

variable "noise" {
  default     = "none"
  description = "How good camera and lanes are: none (perfect), nominal or harsh. Scales are as good as their filters."
}

variable "arrivals" {
  default     = "2s"
  description = "The mean time between two shoppers."
}

# The shop floor: where everybody is and what they carry. It follows the wall's
# clock, as the devices' protocols do, and begins when the store is open.
peer "world" {
  source = "../../plugins/simulated/world"
  clock  = true
  args = [
    "--scene", "${path.store}/scene.json",
    "--seed", var.seed,
    "--shoppers", var.shoppers,
    "--noise", var.noise,
    "--arrivals", var.arrivals,
    "--stops", "2", # in a hurry: the wall's clock governs
    "--clock", "real",
    "--await", "host",
  ]
}

# The hardware: it stands where the devices of the scene stand, and speaks their
# protocols on a loopback address of its own.
peer "wire" {
  source = "../../plugins/simulated/wire"
  args   = ["--world", "world", "--wiring", "${path.store}/wiring.json", "--keys", "${path.store}/keys"]
}

locals {
  wire = regex("^tcp://([0-9.]+):", peer.wire.address)[0]
}

plugin "modbus" {
  source = "../../plugins/modbus"
}

plugin "osdp" {
  source = "../../plugins/osdp"
}

plugin "llrp" {
  source = "../../plugins/llrp"
}

plugin "scale" {
  source = "../../plugins/scale"
}

plugin "mqttshelf" {
  source = "../../plugins/mqttshelf"
}

plugin "simulated" {
  source = "../../plugins/simulated"
}
