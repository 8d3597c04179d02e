# What is given back at once is an amount of the store's own currency, and the time to dispute is bounded.

receipt {
  dispute_limit  = "25.00 USD" # ERROR currency: All money of a store is in its currency
  dispute_within = "1h" # ERROR out_of_bounds: 24h0m0s to 4320h0m0s
}
