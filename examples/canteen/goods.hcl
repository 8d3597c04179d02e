# What is on the counter.

tax "food" {
  rate = "7%"
}

tax "drinks" {
  rate = "19%"
}

product "stew" {
  gtin  = "09521234003014"
  name  = "Stew of the day"
  mass  = "480 g"
  price = "4.90 EUR"
  tax   = tax.food
}

product "pasta" {
  gtin  = "09521234003120"
  name  = "Pasta, tomato"
  mass  = "410 g"
  price = "4.20 EUR"
  tax   = tax.food
}

product "salad" {
  gtin  = "09521234003236"
  name  = "Salad"
  mass  = "260 g"
  price = "3.50 EUR"
  tax   = tax.food
}

product "roll" {
  gtin  = "09521234003342"
  name  = "Roll"
  mass  = "65 g"
  price = "0.80 EUR"
  tax   = tax.food
}

product "apple" {
  gtin  = "09521234003458"
  name  = "Apple"
  mass  = "180 g"
  price = "0.60 EUR"
  tax   = tax.food
}

product "water" {
  gtin  = "09521234003564"
  name  = "Water 500 ml"
  mass  = "521 g"
  price = "1.10 EUR"
  tax   = tax.drinks
}

# By weight: what the scale of its place says is paid, to the gram.
product "salad_bar" {
  gtin           = "09521234003670"
  name           = "Salad bar"
  mass           = "310 g"
  mass_deviation = "45 g"
  price          = "12.90 EUR"
  price_per      = "kg"
  tax            = tax.food
}

# For whoever's badge or plan says age_over=18; else a member of staff releases it.
product "beer" {
  gtin  = "09521234003786"
  name  = "Beer 330 ml"
  mass  = "562 g"
  price = "2.20 EUR"
  tax   = tax.drinks
  age   = 18
}

planogram "counter" {
  facing {
    for_each = ["stew", "pasta", "salad", "roll", "apple", "water", "salad_bar", "beer"]
    at       = weight_shelf.counter.bay[each.key + 1]
    product  = product[each.value]
    depth    = 20
  }
}

promotion "students" {
  name     = "Students eat for half"
  products = [product.stew, product.pasta, product.salad]
  percent  = "50%"
  requires = "plan=student"
}
