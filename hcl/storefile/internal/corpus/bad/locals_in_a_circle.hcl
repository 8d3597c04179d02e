locals {
  a = local.b
  b = "${local.a}!" # ERROR cycle: The local "a" refers to itself
}
