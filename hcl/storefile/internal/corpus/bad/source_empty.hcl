plugin "other" { # WARNING unused: drives nothing
  source = "" # ERROR out_of_bounds: The source is empty
}
