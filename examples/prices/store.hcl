# The corner shop again, with all that can be said of prices: read prices.hcl and
# products.hcl. The shoppers are those of the corner shop.
# Try it:  aisle run examples/prices --data DATA --until-idle

store "prices" {
  gln      = "9521234000013"
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

variable "seed" {
  default     = 1
  description = "The same seed gives the same shoppers, whatever the speed."
}

variable "shoppers" {
  default     = 20
  description = "How many visits there are before the world is idle."
}

variable "noise" {
  default     = "nominal"
  description = "How good the sensors are: none (perfect), nominal or harsh."
}

variable "speed" {
  default     = "max"
  description = "Times real time, or max."
}

variable "payment_faults" {
  default     = "none"
  description = "What goes wrong with payments: none or answers (lost, late, twice)."
}

# The shop floor: a process of its own that knows where everybody is and what
# they carry, and that keeps the store's clock.
peer "world" {
  source = "../../plugins/simulated/world"
  clock  = true
  args = [
    "--scene", "${path.store}/../corner/scene.json",
    "--seed", var.seed,
    "--shoppers", var.shoppers,
    "--noise", var.noise,
    "--speed", var.speed,
    "--payment-faults", var.payment_faults,
  ]
}

# Five vendors. Here all of them ship the same program; each has a process of
# its own, so that one's crash leaves the others alone.
plugin "nordgate" {
  source = "../../plugins/simulated"
}

plugin "palmetto" {
  source = "../../plugins/simulated"
}

plugin "shelfsense" {
  source = "../../plugins/simulated"
}

plugin "overview" {
  source = "../../plugins/simulated"
}

plugin "cardinal" {
  source = "../../plugins/simulated"
}
