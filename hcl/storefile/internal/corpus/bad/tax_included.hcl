# Whether a tax is in prices.

tax "state" {
  rate     = "8.875%"
  included = "no" # ERROR wrong_type: needs true or false => false
}

tax "city" {
  rate    = "4.5%"
  include = false # ERROR unknown_argument: no argument => included
}
