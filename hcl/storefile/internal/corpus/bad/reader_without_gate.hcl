credential_reader "back" { # ERROR missing_argument: The argument "serves" is missing
  driver = acme.reader
}
