# A canteen: whoever works here comes in by badge, whoever studies by meal plan, and payroll or the plan
# settles what they took. No card is ever asked for. Try it:  aisle test examples/canteen

store "canteen" {
  currency = "EUR"
  timezone = "Europe/Berlin"
}

plugin "campus" {
  source = "../../plugins/simulated"
}

variable "seed" {
  default     = 1
  description = "The same seed gives the same shoppers, whatever the speed."
}

variable "shoppers" {
  default     = 12
  description = "How many visits there are before the world is idle."
}

variable "noise" {
  default     = "none"
  description = "How good the sensors are: none (perfect), nominal or harsh."
}

variable "speed" {
  default     = "max"
  description = "Times real time, or max."
}

# The counter, and who comes: by badge, by meal plan, and now and then with a card, which nobody takes here.
peer "world" {
  source = "../../plugins/simulated/world"
  clock  = true
  args = [
    "--scene", "${path.store}/scene.json",
    "--seed", var.seed,
    "--shoppers", var.shoppers,
    "--basket", "4",
    "--noise", var.noise,
    "--speed", var.speed,
  ]
}
