zone "snacks" "more" { # ERROR label: A zone block has one name
}
