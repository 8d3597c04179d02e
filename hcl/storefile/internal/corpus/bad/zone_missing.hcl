camera "ceiling" { # ERROR missing_argument: The argument "zone" is missing
  driver = acme.camera
}
