# VAR shoppers=many
variable "shoppers" { # ERROR wrong_type: The variable "shoppers" is a number
  default = 20
}
