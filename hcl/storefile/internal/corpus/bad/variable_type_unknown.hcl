variable "seed" {
  type    = strin # ERROR unknown_word: That is no type of a variable => string
  default = "1"
}

variable "noise" {
  type    = "string" # ERROR unknown_word: without quotes => string
  default = "1"
}
