# Which product stands on which bay, and how many when it is full.
planogram "corner_wire" {
  facing {
    at      = weight_shelf.cooler_top.bay[1]
    product = product.cola_330
    depth   = 16
  }

  facing {
    at      = weight_shelf.cooler_top.bay[2]
    product = product.cola_zero_330
    depth   = 10
  }

  facing {
    at      = weight_shelf.cooler_top.bay[2]
    product = product.water_500
    depth   = 10
  }

  facing {
    at      = weight_shelf.cooler_top.bay[3]
    product = product.orange_juice_330
    depth   = 12
  }

  facing {
    at      = weight_shelf.cooler_top.bay[4]
    product = product.iced_tea_500
    depth   = 8
  }

  facing {
    at      = weight_shelf.cooler_top.bay[4]
    product = product.energy_250
    depth   = 12
  }

  facing {
    at      = weight_shelf.cooler_bottom.bay[1]
    product = product.milk_1000
    depth   = 10
  }

  facing {
    at      = weight_shelf.cooler_bottom.bay[2]
    product = product.kefir_500
    depth   = 8
  }

  facing {
    at      = weight_shelf.cooler_bottom.bay[2]
    product = product.iced_coffee_230
    depth   = 10
  }

  facing {
    at      = weight_shelf.cooler_bottom.bay[3]
    product = product.sparkling_1000
    depth   = 10
  }

  facing {
    at      = weight_shelf.cooler_bottom.bay[4]
    product = product.lager_330
    depth   = 14
  }

  facing {
    at      = weight_shelf.snack_upper.bay[1]
    product = product.crisps_150
    depth   = 12
  }

  facing {
    at      = weight_shelf.snack_upper.bay[2]
    product = product.nuts_200
    depth   = 10
  }

  facing {
    at      = weight_shelf.snack_upper.bay[2]
    product = product.gum_30
    depth   = 20
  }

  facing {
    at      = weight_shelf.snack_upper.bay[3]
    product = product.chocolate_100
    depth   = 18
  }

  facing {
    at      = weight_shelf.snack_lower.bay[1]
    product = product.cookies_250
    depth   = 12
  }

  facing {
    at      = weight_shelf.snack_lower.bay[2]
    product = product.granola_bar_45
    depth   = 20
  }

  facing {
    at      = weight_shelf.snack_lower.bay[2]
    product = product.popcorn_90
    depth   = 10
  }

  facing {
    at      = weight_shelf.snack_lower.bay[3]
    product = product.tissues
    depth   = 10
  }

  facing {
    at      = weight_shelf.fresh.bay[1]
    product = product.sandwich_egg
    depth   = 8
  }

  facing {
    at      = weight_shelf.fresh.bay[2]
    product = product.sandwich_tuna
    depth   = 8
  }

  facing {
    at      = weight_shelf.fresh.bay[2]
    product = product.salad_bowl
    depth   = 6
  }

  facing {
    at      = weight_shelf.fresh.bay[3]
    product = product.yoghurt_150
    depth   = 14
  }

  facing {
    at      = weight_shelf.counter.bay[1]
    product = product.fruit_cup
    depth   = 10
  }

  facing {
    at      = weight_shelf.household.bay[1]
    product = product.umbrella
    depth   = 6
  }

  facing {
    at      = weight_shelf.household.bay[2]
    product = product.batteries_aa
    depth   = 12
  }

  facing {
    at      = weight_shelf.household.bay[3]
    product = product.earphones
    depth   = 8
  }
}
