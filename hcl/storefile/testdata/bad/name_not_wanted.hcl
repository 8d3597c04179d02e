entry "main" { # ERROR label: A entry block has no name
}
