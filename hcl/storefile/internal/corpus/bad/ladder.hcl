# WITHOUT settlement
settlement {
  processor    = payment.cards
  hold         = "15.00 EUR"
  second_tap   = "joins"         # ERROR unknown_word: joins => "join"
  rest         = "shop"          # ERROR unknown_word: It is one of "charge", "store"
  increase     = "no"            # ERROR wrong_type: needs true or false => false
  over_capture = "26%"           # ERROR out_of_bounds: 0 % to 25 %
  retry        = ["1h", "soon", "30s", 5] # ERROR no_duration: "soon" is no duration # ERROR out_of_bounds: 1m0s to 720h0m0s # ERROR wrong_type: not text

  offline {
    per_sale = "15.00 EUR"
    per_card = "14.99 EUR" # ERROR out_of_bounds: at least per_sale
    total    = "100.00 EUR"
    for      = "2h"
  }
}

failure {
  payment = "offline"
}
