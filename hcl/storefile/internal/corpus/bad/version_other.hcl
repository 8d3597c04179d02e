plugin "broken" { # WARNING unused
  source  = "./broken"
  version = ">= 1" # ERROR version: found is "newest", which is no version
}

plugin "unasked" { # WARNING unused
  source  = "./unasked"
  version = "~> 9.9"
}

plugin "unread" { # WARNING unused
  source  = "./unread"
  version = "about 1.4" # ERROR version: "about 1.4" can't be read
}
