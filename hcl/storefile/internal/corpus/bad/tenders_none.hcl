# A store that nobody could enter.

entry {
  tenders         = [] # ERROR out_of_bounds: Nobody could come in
  refuse_funding  = ["credit", "debit", "prepaid", "gift", "ebt"] # ERROR out_of_bounds: No card could come in
  unknown_funding = "refuse"
}
