variable "seed" { # ERROR no_value: --var seed=VALUE
}
