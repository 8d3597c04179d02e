failure {
  payment = "degrade" # ERROR wrong_reaction: "degrade" is for what has another kind of evidence beside it
  shelf   = true      # ERROR wrong_type: needs text in quotes
}
