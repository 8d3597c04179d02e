# What is paid for a container.

deposit "can" {
  amount = "0.00 EUR" # ERROR out_of_bounds: more than nothing
  tax    = tax.standrd # ERROR unknown_reference: no tax => tax.standard
}

deposit "crate" { # ERROR missing_argument: "tax"
  amount = "1.50 USD" # ERROR currency
  name   = " " # ERROR out_of_bounds: The name is empty
}

deposit "keg" {
  amout = "30.00 EUR" # ERROR unknown_argument: no argument => amount
  tax   = tax.standard
}
