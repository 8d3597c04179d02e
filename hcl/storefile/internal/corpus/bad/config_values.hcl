weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks

  config {
    rate   = 999 # ERROR config: is above the greatest, 200
    settle = "500 mss" # ERROR config: is no duration => "500ms"
    tare   = "3 gr" # ERROR config: unknown unit "gr" => "3 g"
    filter = "medain" # ERROR config: it must be one of => "median"
    tags   = 7 # ERROR wrong_type: Incorrect attribute value type
  }
}
