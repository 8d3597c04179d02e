tax "high" {
  rate = "2300%" # ERROR out_of_bounds: tax rate is out of range
}

tax "plain" {
  rate = "23" # ERROR quantity: needs a percent sign => "23%"
}

product "water" {
  gtin  = "09521234000112"
  name  = "Water"
  price = "1.10 EUR"
  tax   = tax.standrd # ERROR unknown_reference: There is no tax "standrd" => tax.standard
}
