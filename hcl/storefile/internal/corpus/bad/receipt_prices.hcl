# How a receipt works out taxes, and how long it waits.

receipt {
  tax_per    = "lien" # ERROR unknown_word: way to work out taxes => "line"
  age_within = "5h" # ERROR out_of_bounds: 1s to 4h0m0s
}
