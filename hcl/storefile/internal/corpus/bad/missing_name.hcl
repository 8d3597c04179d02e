zone { # ERROR label: The zone block needs a name
}
