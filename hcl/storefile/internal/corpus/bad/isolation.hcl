plugin "other" { # WARNING unused: Plugin "other" drives nothing
  source    = "./other"
  isolation = "require" # ERROR unknown_word: It is one of "auto", "required" => "required"
}
