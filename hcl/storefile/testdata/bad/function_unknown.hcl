entry {
  max_stay = lowr("1H") # ERROR unknown_function: Call to unknown function => lower
}
