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

planogram "counter" {
  facing {
    for_each = ["stew", "pasta", "salad", "roll", "apple", "water"]
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
