variable "seed" {
  type    = number
  default = "one" # ERROR wrong_type: The default is not one
}
