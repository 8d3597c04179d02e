zone "1st floor" { # ERROR label: can't be a name
}
