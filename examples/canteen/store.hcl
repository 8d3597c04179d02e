# A canteen: whoever works here comes in by badge, whoever studies by meal plan, and payroll or the plan
# settles what they took. No card is ever asked for. Try it:  aisle test examples/canteen

store "canteen" {
  currency = "EUR"
  timezone = "Europe/Berlin"
}

plugin "campus" {
  source = "../../plugins/simulated"
}

# Its world stands still but for what script.json has shoppers do.
peer "world" {
  source = "../../plugins/simulated/world"
  clock  = true
  args   = ["--scene", "${path.store}/scene.json", "--script", "${path.store}/script.json", "--noise", "none", "--speed", "max"]
}
