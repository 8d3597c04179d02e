receipt {
  review_within = "5h" # ERROR out_of_bounds: it may be 1s to 4h0m0s
  rounding      = "half_evn" # ERROR unknown_word: is no rounding rule => "half_even"
}

safety {
  free_exit_after = "1 minute" # ERROR quantity: is no duration
}
