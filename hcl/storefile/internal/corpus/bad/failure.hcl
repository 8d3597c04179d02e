failure {
  entry   = "close"       # ERROR unknown_word: It is one of "closed", "close_entry" => "closed"
  exit    = "closed"      # ERROR exit_is_free: always leave
  shelf   = "offline"     # ERROR wrong_reaction: While one is down the store can do one of these: "doubt", "close_entry". "offline" is about payments
  camera  = "doubt"       # ERROR wrong_reaction: "doubt" is not for a camera
  rfid    = "closed"      # ERROR wrong_reaction: "closed" shuts the lane of a gate
  reader  = degrade       # ERROR unknown_reference: There is no "degrade" to refer to here => "degrade"
  payment = "offline"     # ERROR no_limits: Nothing bounds what is risked offline
  lock    = "close_entry" # ERROR unknown_argument: There is no argument "lock" here
}
