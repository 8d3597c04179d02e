entry "main" { # ERROR label: An entry block has no name
}
