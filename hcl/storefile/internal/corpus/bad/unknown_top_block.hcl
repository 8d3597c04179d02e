weight_shlf "snacks" { # ERROR unknown_block: There are no "weight_shlf" blocks here => weight_shelf
  driver = acme.shelf
}
