# VAR shopers=3
# STORE ERROR unknown_variable: There is no variable "shopers" => shoppers
variable "shoppers" {
  default = 20
}
