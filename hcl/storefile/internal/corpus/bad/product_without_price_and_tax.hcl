product "water" { # ERROR missing_argument: The argument "price" is missing # ERROR missing_argument: The argument "tax" is missing
  gtin = "09521234000112"
  name = "Water"
}
