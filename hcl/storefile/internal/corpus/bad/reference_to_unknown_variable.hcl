variable "stay" {
  default = "1h"
}

entry {
  max_stay = var.stai # ERROR unknown_reference: There is no variable "stai" => var.stay
}
