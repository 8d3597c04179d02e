plugin "other" { # ERROR missing_argument: The argument "source" is missing # WARNING unused: Plugin "other" drives nothing
}
