weight_shelf "snacks" {
  driver = acme.shelf
  zone   = zone.drinks
  bays   = 2

  bay "1" {
    certified = ["wieght"] # ERROR unknown_word: is no kind of evidence => "weight"
  }
  bay "1" { # ERROR duplicate: There is a second bay 1
  }
  bay "3" { # ERROR out_of_bounds: The shelf has no bay 3
  }
  bay "left" { # ERROR label: A bay has a number
  }
}
