locals {
  a = gtin("5449000000997") # ERROR function_failed: check digit is 7, expected 6
  b = upce("01234569") # ERROR function_failed: check digit
  c = in_store_gtin(-1) # ERROR function_failed: needs a whole number from 0
}
