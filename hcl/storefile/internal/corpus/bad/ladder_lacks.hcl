# WITHOUT settlement
settlement {
  processor    = payment.cards
  hold         = "15.00 EUR"
  increase     = true     # ERROR no_increase: The processor can't raise a hold
  over_capture = "10.01%" # ERROR no_over_capture: captures 10 % above it at most
  retry        = ["500h", "300h"] # ERROR out_of_bounds: at most 720h0m0s in all

  offline {
    per_sale = "15.00 EUR"
    per_card = "100.01 EUR" # ERROR out_of_bounds: at most total
    total    = "100.00 EUR"
    for      = "2h"
  }
}

failure {
  payment = "offline"
}
