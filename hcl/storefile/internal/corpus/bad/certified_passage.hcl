weight_shelf "snacks" {
  driver    = acme.shelf
  zone      = zone.drinks
  certified = ["passage", 3] # ERROR unknown_word: is no kind of evidence of goods # ERROR wrong_type: An element of "certified" is not text
}
