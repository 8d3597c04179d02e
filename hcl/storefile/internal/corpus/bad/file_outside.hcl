locals {
  a = file("/etc/passwd") # ERROR function_failed: is outside the store's folder
  b = file("../../go.mod") # ERROR function_failed: is outside the store's folder
  c = file("nothing.json") # ERROR function_failed: does not exist
}
