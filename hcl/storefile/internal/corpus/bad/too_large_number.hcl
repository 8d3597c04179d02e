locals {
  huge = 1e2147483647 # ERROR too_large: Too large a number
}
