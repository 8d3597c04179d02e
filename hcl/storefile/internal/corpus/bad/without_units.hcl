attribution {
  window       = "1500" # ERROR quantity: Write it like => "1500ms"
  grace        = 3000 # ERROR wrong_type: This is a number => "3000ms"
  charge_above = "9" # ERROR quantity
}

safety {
  free_exit_after = "2" # ERROR quantity: Write it like => "2s"
}
