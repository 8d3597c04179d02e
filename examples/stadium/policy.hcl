entry {
  tenders   = ["card", "wallet"]
  max_party = 5
  max_stay  = "30m"
}

attribution {
  grace = "5s" # antennas hear a tag a little after the gate feels a body
}

settlement {
  processor = payment.cards
  hold      = "100.00 EUR"
}

failure {
  rfid = "close_entry" # where no lane reads, nobody could be charged
}
