entry {
  max_stay = null # ERROR wrong_type: "max_stay" is null
}
