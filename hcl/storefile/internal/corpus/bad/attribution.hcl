attribution {
  window       = "1500" # ERROR quantity: is no duration => "1500ms"
  grace        = "2m" # ERROR out_of_bounds: it may be 0s to 1m0s
  charge_above = "90%" # ERROR out_of_bounds: it may be 95 % to 100 %
  review_above = "99.5%" # ERROR out_of_bounds: less than charge_above, 99 %
}
