locals {
  nothing = jsondecode("{") # ERROR function_failed: Error in function call
}
