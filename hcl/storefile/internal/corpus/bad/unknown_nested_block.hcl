planogram "week" {
  facng { # ERROR unknown_block: There are no "facng" blocks here => facing
  }
}
