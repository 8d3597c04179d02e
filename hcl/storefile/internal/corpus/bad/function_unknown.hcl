entry {
  max_stay = lowr("1H") # ERROR unknown_function: There is no such function => lower
}
