plugin "other" { # WARNING unused: Plugin "other" drives nothing
  source = "./other"
}
