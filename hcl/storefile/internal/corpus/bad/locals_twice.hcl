locals {
  a = 1
}

locals {
  a = 2 # ERROR duplicate: There is a second local "a"
}
