# Who may enter: words there are none of, words twice, and tenders that nobody serves.

entry {
  tenders         = ["card", "badge", "cash", "meal_pln", "card"] # ERROR unknown_word: "cash" is no tender => "card" # ERROR unknown_word: "meal_pln" => "meal_plan" # ERROR duplicate: "card" is there twice # WARNING tender_unserved: no house block is for it
  refuse_funding  = ["prepaid", "ebtt", 3] # ERROR unknown_word: "ebtt" is no funding => "ebt" # ERROR wrong_type: is not text
  unknown_funding = "refused" # ERROR unknown_word: "accept", "refuse". => "refuse"
  refuse_risk     = "denied" # ERROR wrong_type
  unknown_risk    = "maybe" # ERROR unknown_word: way to treat what is not known
}
