# One shop of the chain. What differs from shop to shop are these variables.

variable "store_id" {
  default     = "berlin-01"
  description = "The shop's name; a fleet gives it."
}

variable "timezone" {
  default = "Europe/Berlin"
}

variable "lanes" {
  default     = 1
  description = "Ways in and out."

  validation {
    condition     = var.lanes >= 1 && var.lanes <= 4
    error_message = "A shop of this chain has one to four lanes."
  }
}

variable "shelves" {
  default     = 2
  description = "Shelves of four bays."
}

variable "alcohol" {
  default     = true
  description = "Whether beer is sold here."
}

store "shop" {
  name     = var.store_id
  currency = "EUR"
  timezone = var.timezone
}

plugin "kit" {
  source = "../../../plugins/simulated"
}
