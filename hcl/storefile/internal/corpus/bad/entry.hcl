entry {
  admit_within = "10m" # ERROR out_of_bounds: it may be 1s to 5m0s
  max_stay     = "25h" # ERROR out_of_bounds: it may be 1m0s to 24h0m0s
  max_party    = 33 # ERROR out_of_bounds: it may be 1 to 32
  min_quality  = "101%" # ERROR out_of_bounds: it is from 0% to 100%
  staff        = ["badge-1", "", "badge-1"] # ERROR out_of_bounds: A staff token is empty # ERROR duplicate: A staff token is there twice
}
