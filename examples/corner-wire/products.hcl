# What the store sells. Prices include tax. GS1 prefix 952 is reserved for demonstrations.

product "cola_330" {
  gtin  = "09521234000112"
  name  = "Cola 330 ml"
  mass  = "352 g"
  price = "1.80 EUR"
  tax   = tax.standard
}

product "cola_zero_330" {
  gtin  = "09521234000228"
  name  = "Cola zero 330 ml"
  mass  = "338 g"
  price = "1.80 EUR"
  tax   = tax.standard
}

product "water_500" {
  gtin  = "09521234000334"
  name  = "Still water 500 ml"
  mass  = "521 g"
  price = "1.10 EUR"
  tax   = tax.reduced
}

product "orange_juice_330" {
  gtin  = "09521234000440"
  name  = "Orange juice 330 ml"
  mass  = "372 g"
  price = "2.40 EUR"
  tax   = tax.standard
}

product "iced_tea_500" {
  gtin  = "09521234000556"
  name  = "Iced tea 500 ml"
  mass  = "548 g"
  price = "1.95 EUR"
  tax   = tax.standard
}

product "energy_250" {
  gtin  = "09521234000662"
  name  = "Energy drink 250 ml"
  mass  = "291 g"
  price = "2.20 EUR"
  tax   = tax.standard
}

product "milk_1000" {
  gtin  = "09521234000778"
  name  = "Milk 1 l"
  mass  = "1036 g"
  price = "1.35 EUR"
  tax   = tax.reduced
}

product "kefir_500" {
  gtin  = "09521234000884"
  name  = "Kefir 500 g"
  mass  = "524 g"
  price = "1.60 EUR"
  tax   = tax.reduced
}

product "iced_coffee_230" {
  gtin  = "09521234000990"
  name  = "Iced coffee 230 ml"
  mass  = "288 g"
  price = "2.10 EUR"
  tax   = tax.standard
}

product "sparkling_1000" {
  gtin  = "09521234001102"
  name  = "Sparkling water 1 l"
  mass  = "1042 g"
  price = "1.25 EUR"
  tax   = tax.reduced
}

product "lager_330" {
  gtin  = "09521234001218"
  name  = "Alcohol-free lager 330 ml"
  mass  = "558 g"
  price = "1.70 EUR"
  tax   = tax.standard
}

product "crisps_150" {
  gtin  = "09521234001324"
  name  = "Potato crisps 150 g"
  mass  = "163 g"
  price = "2.35 EUR"
  tax   = tax.standard
}

product "nuts_200" {
  gtin  = "09521234001430"
  name  = "Roasted nuts 200 g"
  mass  = "212 g"
  price = "3.95 EUR"
  tax   = tax.standard
}

product "gum_30" {
  gtin  = "09521234001546"
  name  = "Chewing gum 30 g"
  mass  = "38 g"
  price = "1.50 EUR"
  tax   = tax.standard
}

product "chocolate_100" {
  gtin  = "09521234001652"
  name  = "Dark chocolate 100 g"
  mass  = "109 g"
  price = "2.80 EUR"
  tax   = tax.standard
}

product "cookies_250" {
  gtin  = "09521234001768"
  name  = "Oat cookies 250 g"
  mass  = "268 g"
  price = "2.65 EUR"
  tax   = tax.standard
}

product "granola_bar_45" {
  gtin  = "09521234001874"
  name  = "Granola bar 45 g"
  mass  = "48 g"
  price = "1.15 EUR"
  tax   = tax.standard
}

product "popcorn_90" {
  gtin  = "09521234001980"
  name  = "Popcorn 90 g"
  mass  = "121 g"
  price = "1.90 EUR"
  tax   = tax.standard
}

product "sandwich_egg" {
  gtin  = "09521234002093"
  name  = "Egg sandwich"
  mass  = "196 g"
  price = "3.90 EUR"
  tax   = tax.reduced
}

product "sandwich_tuna" {
  gtin  = "09521234002208"
  name  = "Tuna sandwich"
  mass  = "228 g"
  price = "4.20 EUR"
  tax   = tax.reduced
}

product "salad_bowl" {
  gtin  = "09521234002314"
  name  = "Salad bowl"
  mass  = "361 g"
  price = "5.50 EUR"
  tax   = tax.reduced
}

product "yoghurt_150" {
  gtin  = "09521234002420"
  name  = "Yoghurt 150 g"
  mass  = "166 g"
  price = "0.95 EUR"
  tax   = tax.reduced
}

product "fruit_cup" {
  gtin  = "09521234002536"
  name  = "Fruit cup 200 g"
  mass  = "238 g"
  price = "3.60 EUR"
  tax   = tax.reduced
}

product "umbrella" {
  gtin  = "09521234002642"
  name  = "Folding umbrella"
  mass  = "318 g"
  price = "9.90 EUR"
  tax   = tax.standard
}

product "batteries_aa" {
  gtin  = "09521234002758"
  name  = "AA batteries, pack of 4"
  mass  = "112 g"
  price = "4.95 EUR"
  tax   = tax.standard
}

product "earphones" {
  gtin  = "09521234002864"
  name  = "Earphones"
  mass  = "64 g"
  price = "12.90 EUR"
  tax   = tax.standard
}

product "tissues" {
  gtin  = "09521234002970"
  name  = "Tissues, box"
  mass  = "204 g"
  price = "1.45 EUR"
  tax   = tax.standard
}
