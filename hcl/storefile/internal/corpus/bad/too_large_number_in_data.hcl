locals {
  huge = jsondecode("{\"a\": 1e2147483647}") # ERROR function_failed: more than three digits
  text = jsondecode("{\"a\": \"part 1e2147483647\"}")
}
